import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import { isDomainError } from '../errors.ts';
import { deleteVideo } from '../video/delete-video.ts';
import { readControl } from './read-control.ts';

/** What one round takes at most; the next one, an hour later, goes on. */
const VIDEOS_PER_ROUND = 2000;

/**
 * Deletes videos whose time is over, oldest first, each as its owner would: row, objects and cache go together, which a
 * lifecycle rule of the bucket alone could not do. Nothing while the pipeline is paused. Repeatable.
 *
 * @returns how many were deleted
 */
export async function applyRetention(
  context: Needs<'em' | 'enqueue' | 'settings' | 'log' | 'now'>,
): Promise<number> {
  const { em, settings, now } = context;
  if (settings.retentionSeconds === null) return 0;
  const createdBefore = new Date(now().getTime() - settings.retentionSeconds * 1000);
  const { rows } = await sql<{ id: string }>`
    select id from videos where deleted_at is null and created_at < ${createdBefore.toISOString()}::timestamptz
    order by created_at limit ${VIDEOS_PER_ROUND}`.execute(em.fork().getKysely());
  let deleted = 0;
  for (const { id } of rows) {
    if ((await readControl(em.fork())).isPaused) break;
    try {
      await deleteVideo({ ...context, actor: { kind: 'system' } }, { videoId: id });
      deleted += 1;
    } catch (error) {
      // Its owner was quicker.
      if (!isDomainError(error, 'video_not_found')) throw error;
    }
  }
  return deleted;
}
