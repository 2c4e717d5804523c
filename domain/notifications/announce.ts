import type { EntityManager } from '@mikro-orm/postgresql';
import type { Needs } from '../context.ts';
import { announceWhenEnded } from '../playlist/announce-when-ended.ts';
import type { Video } from '../video/video.entity.ts';
import type { EventType } from './event-types.ts';

/**
 * Has the owner told, exactly when the caller's transaction commits. `occurrence` is what makes this event another one
 * than the last of its type (a version, a session), so that work that runs twice tells once. The job carries what the
 * video is now: when it runs, the video may have moved on.
 */
export async function announce(
  context: Needs<'enqueue' | 'now'>,
  tx: EntityManager,
  event: {
    video: Pick<Video, 'id' | 'deletedAt' | 'status' | 'failReason' | 'currentVersion'>;
    type: EventType;
    occurrence: string;
  },
): Promise<void> {
  const { enqueue, now } = context;
  const { video, type, occurrence } = event;
  if (video.deletedAt) return;
  await enqueue(tx, 'announce-video', {
    videoId: video.id,
    type,
    occurrence,
    standing: {
      status: video.status,
      failReason: video.failReason ?? null,
      version: video.currentVersion ?? null,
      at: now().toISOString(),
    },
  });
  if (type !== 'video.upload.completed') await announceWhenEnded(context, tx, video.id);
}
