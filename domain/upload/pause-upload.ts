import type { Needs } from '../context.ts';
import { transaction } from '../transaction.ts';
import { lockSession } from './lock-session.ts';
import { presentUpload } from './present-upload.ts';
import { refuseUnlessOpen } from './session-refusals.ts';
import { storedParts } from './stored-parts.ts';
import type { UploadView } from './upload-view.ts';

/**
 * Stops giving signatures until the upload is resumed; what is stored stays. One that is PAUSED answers the same again.
 * Throws DomainError `upload_not_found`, `upload_closed`, `upload_expired`, `completing`, `illegal_transition`.
 */
export async function pauseUpload(
  context: Needs<'em' | 'actor' | 'storage' | 'now'>,
  { sessionId }: { sessionId: string },
): Promise<UploadView> {
  const paused = await transaction(context.em, async (tx) => {
    const { session } = await lockSession(tx, sessionId, context.actor);
    refuseUnlessOpen(session, context.now());
    if (session.status === 'PAUSED') return session;
    if (session.status === 'INITIATED') {
      session.moveTo('IN_PROGRESS');
      await tx.flush();
    }
    session.moveTo('PAUSED');
    return session;
  });
  return presentUpload(paused, await storedParts(context, paused));
}
