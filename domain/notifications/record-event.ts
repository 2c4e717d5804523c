import type { Needs } from '../context.ts';
import type { JobPayloads } from '../jobs.ts';
import { transaction } from '../transaction.ts';
import { Video } from '../video/video.entity.ts';
import { recordMessage } from './record-message.ts';
import { videoEventData } from './video-event.ts';

/**
 * Writes down what happened to a video and queues its deliveries. A video that was deleted meanwhile has no events.
 * Safe to run twice: type, video and occurrence name the event.
 */
export async function recordEvent(
  context: Needs<'em' | 'delivery' | 'enqueue' | 'settings' | 'now'>,
  { videoId, type, occurrence, standing }: JobPayloads['announce-video'],
): Promise<void> {
  await transaction(context.em, async (tx) => {
    const video = await tx.findOne(Video, { id: videoId, deletedAt: null });
    if (!video) return;
    await recordMessage(context, tx, {
      ownerId: video.ownerId,
      type,
      dedupeKey: `${type}:${videoId}:${occurrence}`,
      videoId,
      data: videoEventData(context.delivery, video, standing),
      occurredAt: new Date(standing.at),
    });
  });
}
