import { mayUpload } from '../access/ownership.ts';
import type { Needs } from '../context.ts';
import { Video } from '../video/video.entity.ts';
import { uploadNotFound } from './lock-session.ts';
import { presentUpload } from './present-upload.ts';
import { storedParts } from './stored-parts.ts';
import { UploadSession } from './upload-session.entity.ts';
import type { UploadView } from './upload-view.ts';

/** The session with what storage has of it. Throws DomainError `upload_not_found`, StorageError. */
export async function getUpload(
  context: Needs<'em' | 'actor' | 'storage' | 'now'>,
  { sessionId }: { sessionId: string },
): Promise<UploadView> {
  const em = context.em.fork();
  const session = await em.findOne(UploadSession, { id: sessionId });
  const video = session && (await em.findOne(Video, { id: session.videoId, deletedAt: null }));
  if (!session || !video || !mayUpload(context.actor, video.ownerId, sessionId))
    throw uploadNotFound(sessionId);
  return presentUpload(session, session.isLive() ? await storedParts(context, session) : []);
}
