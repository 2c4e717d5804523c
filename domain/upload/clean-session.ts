import type { Needs } from '../context.ts';
import { Video } from '../video/video.entity.ts';
import { UploadSession } from './upload-session.entity.ts';

/**
 * Removes what a session left in storage, unless it is a video's source now. Repeatable: parts that land after an abort
 * belong to an upload that storage no longer knows.
 */
export async function cleanSession(
  { em, storage }: Needs<'em' | 'storage'>,
  { sessionId }: { sessionId: string },
): Promise<void> {
  const read = em.fork();
  const session = await read.findOne(UploadSession, { id: sessionId });
  if (!session || session.isLive()) return;
  if (session.provider === 'S3_MULTIPART' && session.status !== 'COMPLETED')
    await storage.sources.abortMultipart(session.fileKey, session.providerUploadId);
  const isSource = await read.count(Video, {
    id: session.videoId,
    sourceFileKey: session.fileKey,
    deletedAt: null,
  });
  if (isSource === 0) await storage.sources.deleteMany([session.fileKey]);
}
