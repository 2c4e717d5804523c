import type { Needs } from '../context.ts';
import { transaction } from '../transaction.ts';
import { lockSession } from './lock-session.ts';
import { presentUpload } from './present-upload.ts';
import { lifeEnd } from './record-signature.ts';
import { refuseUnlessOpen } from './session-refusals.ts';
import { storedParts } from './stored-parts.ts';
import { uploadSessionStates } from './upload-session-states.ts';
import type { UploadView } from './upload-view.ts';

/**
 * Takes a paused upload up again, with a full session life ahead. One that is IN_PROGRESS answers the same again.
 * Throws DomainError `upload_not_found`, `upload_closed`, `upload_expired`, `completing`, `illegal_transition`.
 */
export async function resumeUpload(
  context: Needs<'em' | 'actor' | 'storage' | 'settings' | 'now'>,
  { sessionId }: { sessionId: string },
): Promise<UploadView> {
  const { em, actor, now } = context;
  const resumed = await transaction(em, async (tx) => {
    const { session } = await lockSession(tx, sessionId, actor);
    refuseUnlessOpen(session, now());
    if (session.status === 'IN_PROGRESS') return session;
    // The table lets INITIATED become IN_PROGRESS too, but that is a first part and not a resume.
    if (session.status !== 'PAUSED') throw uploadSessionStates.refusal(session.status, 'IN_PROGRESS');
    session.moveTo('IN_PROGRESS');
    session.expiresAt = lifeEnd(context, session.createdAt);
    return session;
  });
  return presentUpload(resumed, await storedParts(context, resumed));
}
