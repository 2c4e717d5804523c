import type { StoredPart } from '#providers/storage/object-store.ts';
import { isStorageError } from '#providers/storage/storage-errors.ts';
import type { Needs } from '../context.ts';
import { isDomainError } from '../errors.ts';
import { transaction } from '../transaction.ts';
import { endSession } from './cancel-upload.ts';
import { refuseUnlessWhole } from './compare-parts.ts';
import { completeUpload } from './complete-upload.ts';
import { lockSession } from './lock-session.ts';
import { UploadSession } from './upload-session.entity.ts';
import { LIVE_SESSION_STATES } from './upload-session-states.ts';

type Context = Needs<'em' | 'actor' | 'storage' | 'enqueue' | 'settings' | 'metrics' | 'log' | 'now'>;

/** Storage is asked about so many sessions a round, and never about the same one twice within two minutes (R22). */
const SESSIONS_PER_ROUND = 20;
const FIRST_CHECK_SECONDS = 120;
const LONGEST_WAIT_SECONDS = 6 * 3600;

/**
 * Finishes uploads whose client sent every part and never said so, and ends those whose time has run out. A whole object
 * wins over an expiry. Sessions of unknown size are left to their client.
 */
export async function checkSessions(context: Context): Promise<void> {
  const { em, now } = context;
  const due = await em.fork().find(
    UploadSession,
    {
      status: { $in: [...LIVE_SESSION_STATES] },
      $or: [{ nextCheckAt: { $lte: now() }, sizeBytes: { $ne: null } }, { expiresAt: { $lte: now() } }],
    },
    { orderBy: { nextCheckAt: 'asc' }, limit: SESSIONS_PER_ROUND },
  );
  for (const session of due) if (!session.isCompleting(now())) await checkSession(context, session);
}

async function checkSession(context: Context, session: UploadSession): Promise<void> {
  const { log, now } = context;
  const expired = session.expiresAt <= now();
  try {
    if (await isWhole(context, session)) {
      if (expired) await extend(context, session);
      await completeUpload(context, { sessionId: session.id });
      return;
    }
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

/** Twice as long as it has rested already, so that no session holds up the others of a round. */
async function askAgainLater({ em, now }: Context, session: UploadSession): Promise<void> {
  const waitedSeconds = (now().getTime() - session.updatedAt.getTime()) / 1000;
  const waitSeconds = Math.min(LONGEST_WAIT_SECONDS, Math.max(FIRST_CHECK_SECONDS, 2 * waitedSeconds));
  await em
    .fork()
    .nativeUpdate(
      UploadSession,
      { id: session.id },
      { nextCheckAt: new Date(now().getTime() + waitSeconds * 1000) },
    );
}

async function isWhole({ storage }: Context, session: UploadSession): Promise<boolean> {
  try {
    const parts = await storage.sources.listParts(session.fileKey, session.providerUploadId);
    return session.sizeBytes != null && hasAllParts(session, parts);
  } catch (error) {
    if (!isStorageError(error, 'multipart_not_found')) throw error;
  }
  try {
    return (await storage.sources.head(session.fileKey)).sizeBytes === session.sizeBytes;
  } catch (error) {
    if (isStorageError(error, 'object_not_found')) return false;
    throw error;
  }
}

/** As a completion will judge it: parts that merely add up to the size are not the file. */
function hasAllParts(session: UploadSession, parts: readonly StoredPart[]): boolean {
  try {
    refuseUnlessWhole(session, parts, []);
    return true;
  } catch (error) {
    if (isDomainError(error)) return false;
    throw error;
  }
}

/** A whole object wins: the session gets the time that its completion needs. */
async function extend({ em, settings, now }: Context, session: UploadSession): Promise<void> {
  const expiresAt = new Date(now().getTime() + settings.completionLeaseSeconds * 1000);
  await em.fork().nativeUpdate(UploadSession, { id: session.id, status: session.status }, { expiresAt });
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
