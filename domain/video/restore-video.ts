import type { EntityManager } from '@mikro-orm/postgresql';
import { countUpload } from '../access/limit-uploads.ts';
import { mayAct } from '../access/ownership.ts';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { newId } from '../identifiers.ts';
import type { JobPayloads } from '../jobs.ts';
import { announce } from '../notifications/announce.ts';
import { transaction } from '../transaction.ts';
import { enqueueProbe, isProbeWaiting } from '../transcode/enqueue-probe.ts';
import { TranscodeJob } from '../transcode/transcode-job.entity.ts';
import { policyNamed } from '../upload/accept-source.ts';
import { enqueueCleaning } from '../upload/enqueue-cleaning.ts';
import { UploadSession } from '../upload/upload-session.entity.ts';
import { graceEndsAt } from './begin-purge.ts';
import { lockVideoRow, videoNotFound } from './lock-video.ts';
import { presentVideo } from './present-video.ts';
import type { Video } from './video.entity.ts';
import type { VideoView } from './video-view.ts';

type Context = Needs<'em' | 'actor' | 'delivery' | 'enqueue' | 'settings' | 'now'>;

/**
 * Brings a deleted video back while its grace lasts (R13): what played plays again, at the same addresses. An upload that
 * the deletion canceled stays canceled; a transcode that it stopped begins anew, by whoever was at it, and counts as an
 * upload under the policy's limit.
 *
 * Throws DomainError `video_not_found` when it never was, is somebody else's, or is past its grace; `illegal_transition`
 * when it is not deleted; `rate_limited`.
 */
export function restoreVideo(context: Context, { videoId }: { videoId: string }): Promise<VideoView> {
  const { em, actor, delivery, now } = context;
  return transaction(em, async (tx) => {
    const video = await lockVideoRow(tx, videoId);
    if (!video || !mayAct(actor, video.ownerId)) throw videoNotFound(videoId);
    const { deletedAt, status } = video;
    if (!deletedAt)
      throw new DomainError('illegal_transition', 'This video is not deleted', {
        members: { machine: 'video', from: status, to: status },
      });
    if (video.purgeBegunAt != null || now() >= graceEndsAt(context, deletedAt)) throw videoNotFound(videoId);
    video.deletedAt = null;
    await tx.flush();
    await takeUp(context, tx, { video, deletedAt });
    return presentVideo(delivery, video);
  });
}

/** What the deletion stopped: nobody else would see to it (R8). */
async function takeUp(
  context: Context,
  tx: EntityManager,
  { video, deletedAt }: { video: Video; deletedAt: Date },
): Promise<void> {
  const sessions = await tx.find(
    UploadSession,
    { videoId: video.id },
    { orderBy: { createdAt: 'desc', id: 'desc' } },
  );
  const canceled = sessions.filter(({ status }) => status === 'CANCELED');
  for (const session of canceled) await enqueueCleaning(context, tx, session);
  // One that was being completed when the video went has its completer, and goes on.
  const isUploaded = sessions.some((session) => session.isLive());
  if (video.status === 'UPLOADING' && !isUploaded) {
    video.moveTo('FAILED', 'UPLOAD_CANCELED');
    await tx.flush();
    const occurrence = `restored:${canceled[0]?.id ?? video.id}`;
    await announce(context, tx, { video, type: 'video.asset.errored', occurrence });
  }
  const { sourceFileKey: sourceKey } = video;
  if (!sourceKey || !['UPLOADED', 'TRANSCODING', 'READY'].includes(video.status)) return;
  // One that has not begun was never stopped, and knows what it was asked for.
  if (await isProbeWaiting(tx, video.id)) return;
  const stopped = await stoppedAttempt(tx, video.id, deletedAt);
  const isOfSource = stopped?.plan.source.key === sourceKey;
  if (isOfSource) await countTranscode(context, tx, video);
  // Of a READY one too: its next version may have been accepted. A probe of what was transcoded does nothing.
  await enqueueProbe(tx, context.enqueue, {
    videoId: video.id,
    sourceKey,
    ...(isOfSource && asBefore(stopped)),
  });
}

/** The attempt that the deletion canceled. */
function stoppedAttempt(tx: EntityManager, videoId: string, deletedAt: Date): Promise<TranscodeJob | null> {
  return tx.findOne(
    TranscodeJob,
    { videoId, state: 'CANCELED', provider: { $ne: 'import' }, finishedAt: { $gte: deletedAt } },
    { orderBy: { createdAt: 'desc', id: 'desc' } },
  );
}

/** Deleting and restoring in turns would begin one transcode after the other, which some transcoders bill in full. */
function countTranscode({ settings, now }: Context, tx: EntityManager, video: Video): Promise<void> {
  const { ownerId, policy: policyName } = video;
  const policy = policyNamed(settings.policies, policyName);
  return countUpload(tx, { ownerId, policyName, policy, now: now() });
}

/** By a request of its own, as the source of a READY video has been transcoded once. */
function asBefore({
  provider,
  priority,
}: TranscodeJob): Pick<JobPayloads['probe-source'], 'transcoder' | 'requestId' | 'priority'> {
  return { requestId: newId(), priority, ...(provider !== 'import' && { transcoder: provider }) };
}
