import type { Needs } from '../context.ts';
import { completeUpload } from './complete-upload.ts';
import { isWhole } from './is-whole.ts';
import { UploadSession } from './upload-session.entity.ts';

/**
 * Completes a live session when storage has all of it: what a client that went away left undone. A whole object wins, over
 * a pause and over an expiry. Throws what `completeUpload` throws.
 *
 * @param waits as `completeUpload` takes it
 * @returns whether it was whole
 */
export async function completeIfWhole(
  context: Needs<'em' | 'actor' | 'storage' | 'enqueue' | 'settings' | 'metrics' | 'log' | 'now'>,
  session: UploadSession,
  { waits = false }: { waits?: boolean } = {},
): Promise<boolean> {
  const { em, settings, now } = context;
  if (!(await isWhole(context, session))) return false;
  if (session.expiresAt <= now()) {
    // The time that its completion needs.
    const expiresAt = new Date(now().getTime() + settings.completionLeaseSeconds * 1000);
    const { id, status } = session;
    await em.fork().nativeUpdate(UploadSession, { id, status }, { expiresAt });
  }
  await completeUpload(context, { sessionId: session.id, waits });
  return true;
}
