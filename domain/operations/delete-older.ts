import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import { isDomainError } from '../errors.ts';
import { deleteVideo } from '../video/delete-video.ts';
import { readControl } from './read-control.ts';

/** What one round takes at most; the next one, an hour later, goes on. */
const VIDEOS_PER_ROUND = 2000;
const VIDEOS_PER_SLICE = 50;

/** Neither a source that was accepted, which is kept as long as the video, nor a version that players had. */
export const NEVER_WHOLE = sql<boolean>`(source_file_key is null and current_version is null and master_asset_id is null)`;

/** Whose videos go, and which of them. */
export interface OlderVideos {
  readonly createdBefore: Date;
  readonly ownerId?: string;
  readonly neverWhole?: boolean;
}

/** Where a slice ended. The time is SQL text, since a Date would lose its microseconds (R25). */
interface Cursor {
  readonly createdAt: string;
  readonly id: string;
}

/**
 * Deletes videos that were created before a time, oldest first, each as its owner would: row, objects and cache go together,
 * which a lifecycle rule of the bucket alone could not do, and a live upload is aborted. One that cannot be deleted is
 * logged and left to the next round, while the others go. Nothing while the pipeline is paused. Repeatable.
 *
 * @param ownerId only this owner's; left out for everybody's
 * @param neverWhole only videos that never had a source; left out for all
 * @returns how many were deleted
 */
export async function deleteOlder(
  context: Needs<'em' | 'enqueue' | 'settings' | 'log' | 'now'>,
  { createdBefore, ownerId, neverWhole = false }: OlderVideos,
): Promise<number> {
  const counts = { looked: 0, deleted: 0 };
  let after: Cursor | null = null;
  while (counts.looked < VIDEOS_PER_ROUND) {
    const rows: Cursor[] = await slice(context, {
      createdBefore,
      ownerId: ownerId ?? null,
      neverWhole,
      after,
    });
    for (const { id } of rows) {
      if ((await readControl(context.em.fork())).isPaused) return counts.deleted;
      if (await isDeletedNow(context, id)) counts.deleted += 1;
    }
    counts.looked += rows.length;
    after = rows.at(-1) ?? null;
    if (rows.length < VIDEOS_PER_SLICE) break;
  }
  return counts.deleted;
}

async function slice(
  { em }: Needs<'em'>,
  {
    createdBefore,
    ownerId,
    neverWhole,
    after,
  }: { createdBefore: Date; ownerId: string | null; neverWhole: boolean; after: Cursor | null },
): Promise<Cursor[]> {
  const { rows } = await sql<Cursor>`
    select id, created_at::text as "createdAt" from videos
    where deleted_at is null and created_at < ${createdBefore.toISOString()}::timestamptz
      and ${ownerId === null ? sql`true` : sql`owner_id = ${ownerId}::uuid`}
      and ${neverWhole ? NEVER_WHOLE : sql`true`}
      and ${after === null ? sql`true` : sql`(created_at, id) > (${after.createdAt}::timestamptz, ${after.id}::uuid)`}
    order by created_at, id limit ${VIDEOS_PER_SLICE}`.execute(em.fork().getKysely());
  return rows;
}

async function isDeletedNow(
  context: Needs<'em' | 'enqueue' | 'settings' | 'log' | 'now'>,
  videoId: string,
): Promise<boolean> {
  try {
    // A unit of work of its own: what one video leaves behind is not the next one's.
    await deleteVideo({ ...context, em: context.em.fork(), actor: { kind: 'system' } }, { videoId });
    return true;
  } catch (error) {
    // Its owner was quicker.
    if (isDomainError(error, 'video_not_found')) return false;
    context.log.error({ err: error, videoId }, 'an old video could not be deleted');
    return false;
  }
}
