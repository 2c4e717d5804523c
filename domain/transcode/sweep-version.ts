import type { Needs } from '../context.ts';
import { deletePrefix } from '../delete-prefix.ts';
import { Video } from '../video/video.entity.ts';
import { VideoAsset } from '../video/video-asset.entity.ts';
import { TranscodeJob } from './transcode-job.entity.ts';
import { isOpenJob } from './transcode-job-states.ts';

/**
 * Removes the outputs of an attempt that never became current, or whose grace as the version before is over (R6, R14).
 * What players get now is never touched. Repeatable.
 */
export async function sweepVersion(
  { em, storage, delivery, now }: Needs<'em' | 'storage' | 'delivery' | 'now'>,
  { jobId }: { jobId: string },
): Promise<void> {
  const job = await em.fork().findOne(TranscodeJob, { id: jobId });
  if (!job?.sweepAt || job.sweepAt > now() || isOpenJob(job.state)) return;
  const current = await em.fork().count(Video, { id: job.videoId, currentVersion: job.version });
  if (current > 0) return;
  await deletePrefix(storage.media, job.outputPrefix);
  await delivery.invalidate(job.outputPrefix);
  await em.fork().nativeDelete(VideoAsset, { videoId: job.videoId, version: job.version });
  await em.fork().nativeUpdate(TranscodeJob, { id: job.id }, { sweptAt: now() });
}
