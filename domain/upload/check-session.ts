import { isStorageError } from '#providers/storage/storage-errors.ts';
import type { Needs } from '../context.ts';
import { isDomainError } from '../errors.ts';
import { cleanSession } from './clean-session.ts';
import { completeIfWhole } from './complete-if-whole.ts';
import { UploadSession } from './upload-session.entity.ts';

/**
 * Storage said that something arrived for this session: completes it if that makes it whole, and else leaves it as it is.
 * What arrives for a session that is over is removed: it never revives one (R10). Repeatable.
 */
export async function checkSession(
  context: Needs<'em' | 'actor' | 'storage' | 'enqueue' | 'settings' | 'metrics' | 'log' | 'now'>,
  { sessionId }: { sessionId: string },
): Promise<void> {
  const { em, log, now } = context;
  const session = await em.fork().findOne(UploadSession, { id: sessionId });
  if (!session) return;
  if (!session.isLive()) {
    await cleanSession(context, { sessionId, stagedOnly: session.status === 'COMPLETED' });
    return;
  }
  if (session.isCompleting(now())) return;
  try {
    await completeIfWhole(context, session, { waits: true });
  } catch (error) {
    if (!isStorageError(error) && !isDomainError(error)) throw error;
    log.warn({ err: error, sessionId }, 'upload could not be checked');
    // Storage does not answer just now: the sweeper asks it next.
    if (isStorageError(error))
      await em.fork().nativeUpdate(UploadSession, { id: sessionId }, { nextCheckAt: now() });
  }
}
