import type { EntityManager } from '@mikro-orm/postgresql';
import type { Needs } from '../context.ts';
import { orPutOff } from '../operations/put-off-jobs.ts';
import { removeSources, whileNotPaused } from '../operations/remove-sources.ts';
import { sessionPrefix, stagedPrefix } from '../storage-keys.ts';
import { TranscodeJob } from '../transcode/transcode-job.entity.ts';
import { Video } from '../video/video.entity.ts';
import { abortUpload } from './abort-upload.ts';
import { UploadSession } from './upload-session.entity.ts';

/**
 * Removes what an ended session left in storage, unless a video needs it as its source. Repeatable: parts that land after
 * an abort belong to an upload that storage no longer knows. While the pipeline is paused it waits for the resume.
 *
 * @param stagedOnly leaves the source alone, whatever its video says of it: an old one is wanted until its replacement
 *   plays
 */
export function cleanSession(
  context: Needs<'em' | 'storage' | 'enqueue'>,
  { sessionId, stagedOnly = false }: { sessionId: string; stagedOnly?: boolean },
): Promise<void> {
  const key = `clean:${sessionId}:${stagedOnly ? 'staged' : 'all'}`;
  return orPutOff(context, { task: 'clean-session', payload: { sessionId, stagedOnly }, key }, () =>
    clean(context, sessionId, stagedOnly),
  );
}

async function clean(
  context: Needs<'em' | 'storage'>,
  sessionId: string,
  stagedOnly: boolean,
): Promise<void> {
  const { em, storage } = context;
  const read = em.fork();
  const session = await read.findOne(UploadSession, { id: sessionId });
  if (!session || session.isLive()) return;
  const { videoId, stagingKey } = session;
  if (stagingKey != null) await removeSources(context, stagedPrefix(videoId, sessionId));
  if (stagedOnly) return;
  if (session.status !== 'COMPLETED')
    await whileNotPaused(context, () => abortUpload(storage.sources, session));
  // What a TUS server keeps beside the object goes with it.
  if (!(await isWanted(read, session))) await removeSources(context, sessionPrefix(videoId, sessionId));
}

/** It is the video's source, or what plays was made from it: the source that replaces it may still turn out to be none. */
async function isWanted(
  read: EntityManager,
  { videoId, fileKey }: Pick<UploadSession, 'videoId' | 'fileKey'>,
): Promise<boolean> {
  const video = await read.findOne(Video, { id: videoId });
  // A deleted one may be brought back until its purge begins, which sees to all of it.
  if (!video || video.purgeBegunAt != null) return false;
  if (video.sourceFileKey === fileKey) return true;
  if (video.currentVersion == null) return false;
  const playing = await read.findOne(TranscodeJob, { videoId, version: video.currentVersion });
  return playing?.plan.source.key === fileKey;
}
