import type { EntityManager } from '@mikro-orm/postgresql';
import type { Needs } from '../context.ts';
import type { Video } from '../video/video.entity.ts';
import type { EventType } from './event-types.ts';

/**
 * Has the owner told, exactly when the caller's transaction commits. `occurrence` is what makes this event another one
 * than the last of its type (a version, a session), so that work that runs twice tells once.
 */
export async function announce(
  { enqueue }: Needs<'enqueue'>,
  tx: EntityManager,
  event: { video: Pick<Video, 'id' | 'deletedAt'>; type: EventType; occurrence: string },
): Promise<void> {
  const { video, type, occurrence } = event;
  if (video.deletedAt) return;
  await enqueue(tx, 'announce-video', { videoId: video.id, type, occurrence });
}
