import { isStorageError } from '#providers/storage/storage-errors.ts';
import type { Needs } from '../context.ts';
import { isDomainError } from '../errors.ts';
import { transaction } from '../transaction.ts';
import { endSession } from './cancel-upload.ts';
import { completeIfWhole } from './complete-if-whole.ts';
import { lockSession } from './lock-session.ts';
import { nextCheckOf } from './next-check.ts';
import { UploadSession } from './upload-session.entity.ts';
import { LIVE_SESSION_STATES } from './upload-session-states.ts';

type Context = Needs<'em' | 'actor' | 'storage' | 'enqueue' | 'settings' | 'metrics' | 'log' | 'now'>;

/** Storage is asked about so many sessions a round, so many at once (R22). */
const SESSIONS_PER_ROUND = 200;
const SESSIONS_AT_ONCE = 4;

/**
 * Finishes uploads whose client sent everything and never said so, and ends those whose time has run out. A whole object
 * wins over an expiry. Uploads in parts of unknown size are left to their client.
 */
export async function checkSessions(context: Context): Promise<void> {
  const { em, now } = context;
  const due = await em.fork().find(
    UploadSession,
    {
      status: { $in: [...LIVE_SESSION_STATES] },
      $or: [
        {
          nextCheckAt: { $lte: now() },
          $or: [{ sizeBytes: { $ne: null } }, { provider: { $in: ['S3_PUT', 'S3_SET'] } }],
        },
        { expiresAt: { $lte: now() } },
      ],
    },
    { orderBy: { nextCheckAt: 'asc' }, limit: SESSIONS_PER_ROUND },
  );
  const waiting = due.filter((session) => !session.isCompleting(now()));
  const lane = async () => {
    for (let session = waiting.shift(); session; session = waiting.shift()) await checkDue(context, session);
  };
  await Promise.all(Array.from({ length: SESSIONS_AT_ONCE }, lane));
}

async function checkDue(context: Context, session: UploadSession): Promise<void> {
  const { log, now } = context;
  const expired = session.expiresAt <= now();
  try {
    if (await completeIfWhole(context, session)) return;
  } catch (error) {
    if (!isStorageError(error) && !isDomainError(error)) throw error;
    log.warn({ err: error, sessionId: session.id }, 'upload could not be checked');
    // A storage that does not say what it has says nothing against the upload.
    if (isStorageError(error)) return askAgainLater(context, session);
    // Deleted meanwhile: the purge looks after it.
    if (isDomainError(error, 'upload_not_found')) return;
  }
  if (expired) return expire(context, session.id);
  await askAgainLater(context, session);
}

/** Less and less often after the last signature (R22), so that no session holds up the others of a round. */
async function askAgainLater({ em, now }: Context, session: UploadSession): Promise<void> {
  const nextCheckAt = nextCheckOf(session.lastSignedAt ?? session.updatedAt, now());
  await em.fork().nativeUpdate(UploadSession, { id: session.id }, { nextCheckAt });
}

async function expire(context: Context, sessionId: string): Promise<void> {
  const { em, actor, metrics, now } = context;
  const ended = await transaction(em, async (tx) => {
    const locked = await lockSession(tx, sessionId, actor).catch((error: unknown) => {
      if (isDomainError(error, 'upload_not_found')) return null;
      throw error;
    });
    if (!locked) return false;
    const { video, session } = locked;
    if (!session.isLive() || session.isCompleting(now()) || session.expiresAt > now()) return false;
    await endSession(context, tx, { video, session, to: 'FAILED', reason: 'UPLOAD_EXPIRED' });
    return true;
  });
  if (ended) metrics.uploadFailed('UPLOAD_EXPIRED');
}
