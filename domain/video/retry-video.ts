import type { ObjectStore } from '#providers/storage/object-store.ts';
import { isStorageError } from '#providers/storage/storage-errors.ts';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { isSourceFault } from '../fail-reasons.ts';
import { closeDeadLetters } from '../operations/close-dead-letters.ts';
import { transaction } from '../transaction.ts';
import { enqueueProbe } from '../transcode/enqueue-probe.ts';
import { getVideo } from './get-video.ts';
import { lockVideo } from './lock-video.ts';
import { presentVideo } from './present-video.ts';
import { Video } from './video.entity.ts';
import type { VideoView } from './video-view.ts';

/**
 * Transcodes a FAILED video again from the source that storage still has.
 * Throws DomainError `illegal_transition` unless it is FAILED, `source_unavailable` when its source is gone, was
 * replaced, or is itself at fault; `video_not_found`.
 */
export async function retryVideo(
  context: Needs<'em' | 'actor' | 'storage' | 'delivery' | 'enqueue' | 'now'>,
  { videoId }: { videoId: string },
): Promise<VideoView> {
  const { em, actor, storage, delivery, enqueue, now } = context;
  await getVideo(context, { videoId });
  const standing = await em.fork().findOneOrFail(Video, { id: videoId });
  const usable = await stands(storage.sources, standing);
  return transaction(em, async (tx) => {
    const video = await lockVideo(tx, videoId, actor);
    if (video.status !== 'FAILED')
      throw new DomainError(
        'illegal_transition',
        `Only a FAILED video can be retried; this one is ${video.status}`,
        {
          members: { machine: 'video', from: video.status, to: 'TRANSCODING' },
        },
      );
    if (!usable || !video.sourceFileKey || video.sourceFileKey !== standing.sourceFileKey)
      throw new DomainError('source_unavailable', 'There is no source to retry with; upload the file again');
    if (video.failReason && isSourceFault(video.failReason))
      throw new DomainError(
        'source_unavailable',
        `The source itself failed with ${video.failReason}; upload another file`,
      );
    video.moveTo('TRANSCODING');
    await tx.flush();
    await closeDeadLetters(tx, videoId, now());
    await enqueueProbe(tx, enqueue, { videoId, sourceKey: video.sourceFileKey });
    return presentVideo(delivery, video);
  });
}

async function stands(sources: ObjectStore, video: Video): Promise<boolean> {
  if (!video.sourceFileKey) return false;
  try {
    return (await sources.head(video.sourceFileKey)).etag === video.sourceEtag;
  } catch (error) {
    if (isStorageError(error, 'object_not_found')) return false;
    throw error;
  }
}
