import type { Needs } from '../context.ts';
import { deletePrefix } from '../delete-prefix.ts';
import { sessionPrefix, stagedPrefix } from '../storage-keys.ts';
import { Video } from '../video/video.entity.ts';
import { abortUpload } from './abort-upload.ts';
import { UploadSession } from './upload-session.entity.ts';

/**
 * Removes what an ended session left in storage, unless it is a video's source now. Repeatable: parts that land after an
 * abort belong to an upload that storage no longer knows.
 *
 * @param stagedOnly leaves the source alone, whatever its video says of it: an old one is wanted until its replacement
 *   plays
 */
export async function cleanSession(
  { em, storage }: Needs<'em' | 'storage'>,
  { sessionId, stagedOnly = false }: { sessionId: string; stagedOnly?: boolean },
): Promise<void> {
  const read = em.fork();
  const session = await read.findOne(UploadSession, { id: sessionId });
  if (!session || session.isLive()) return;
  const { videoId, stagingKey } = session;
  if (stagingKey != null) await deletePrefix(storage.sources, stagedPrefix(videoId, sessionId));
  if (stagedOnly) return;
  if (session.status !== 'COMPLETED') await abortUpload(storage.sources, session);
  const isSource = await read.count(Video, { id: videoId, sourceFileKey: session.fileKey, deletedAt: null });
  // What a TUS server keeps beside the object goes with it.
  if (isSource === 0) await deletePrefix(storage.sources, sessionPrefix(videoId, sessionId));
}
