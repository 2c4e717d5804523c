import type { Needs } from '../context.ts';
import { isDomainError } from '../errors.ts';
import type { FailReason } from '../fail-reasons.ts';
import { transaction } from '../transaction.ts';
import { endSession } from './cancel-upload.ts';
import { completeUpload } from './complete-upload.ts';
import { enqueueCompletion } from './enqueue-completion.ts';
import { isWhole } from './is-whole.ts';
import { lockSession } from './lock-session.ts';
import { storedPartsNow } from './stored-parts.ts';
import { UploadSession } from './upload-session.entity.ts';

type Context = Needs<'em' | 'actor' | 'storage' | 'settings' | 'enqueue' | 'metrics' | 'log' | 'now'>;

/**
 * Takes a completion to its end: one whose claimer is gone, or one that a client asked for without waiting.
 *
 * @param tryNumber of the latter, from 1. What is not whole is looked at again after half a minute, and then it has
 *   failed. Without it what a client has to mend is left to the client.
 */
export async function resumeCompletion(
  context: Context,
  { sessionId, tryNumber }: { sessionId: string; tryNumber?: number },
): Promise<void> {
  const { log } = context;
  try {
    await completeUpload(context, { sessionId, waits: true });
  } catch (error) {
    if (!isDomainError(error)) throw error;
    const { code } = error;
    if (tryNumber === undefined || !isDomainError(error, 'parts_missing', 'parts_mismatch')) {
      log.info({ sessionId, code }, 'completion was left to its client');
      return;
    }
    log.info({ sessionId, code, tryNumber }, 'upload is not whole');
    await lookAgain(context, sessionId, tryNumber);
  }
}

async function lookAgain(context: Context, sessionId: string, tryNumber: number): Promise<void> {
  const { em, settings, metrics, now } = context;
  const isLast = tryNumber >= settings.probeAttempts;
  const reason = isLast ? await reasonOf(context, sessionId) : null;
  const failed = await transaction(em, async (tx) => {
    const { video, session } = await lockSession(tx, sessionId, { kind: 'system' });
    if (!session.isLive() || session.isCompleting(now())) return false;
    if (reason === null) {
      const runAt = new Date(now().getTime() + settings.probeRetrySeconds * 1000);
      await enqueueCompletion(context, tx, session, { tryNumber: tryNumber + 1, runAt });
      return false;
    }
    await endSession(context, tx, { video, session, to: 'FAILED', reason });
    return true;
  }).catch((error: unknown) => {
    // Deleted meanwhile: the purge looks after it.
    if (isDomainError(error, 'upload_not_found')) return false;
    throw error;
  });
  if (failed && reason) metrics.uploadFailed(reason);
}

/** Nothing came, or not what was announced. Null for a file that has become whole since it was looked at: it wins. */
async function reasonOf({ em, storage }: Context, sessionId: string): Promise<FailReason | null> {
  const session = await em.fork().findOne(UploadSession, { id: sessionId });
  if (session && (await isWhole({ storage }, session))) return null;
  const stored = session ? await storedPartsNow({ storage }, session) : [];
  return stored.length === 0 ? 'SOURCE_MISSING' : 'UPLOAD_MISMATCH';
}
