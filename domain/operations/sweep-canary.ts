import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import { deleteOlder, NEVER_WHOLE } from './delete-older.ts';

/** A probe is done within a minute: what is left after so long is what it could not clean up. */
const KEPT_SECONDS = 3600;

/**
 * Deletes what the canary left behind, as `deleteOlder` does: videos of the owner that is reserved for it which are older than an
 * hour and never had a source, whether an upload lives or not. A probe never sends a whole file: an owner who has, or had, any
 * video with a source is a user, named by mistake; nothing of theirs is touched, and each sweep warns. Nothing where no owner
 * is reserved.
 *
 * @returns how many were deleted
 */
export async function sweepCanary(
  context: Needs<'em' | 'enqueue' | 'settings' | 'log' | 'now'>,
): Promise<number> {
  const { canaryOwnerId } = context.settings;
  if (canaryOwnerId === null) return 0;
  if (await hasWholeVideo(context, canaryOwnerId)) {
    context.log.warn(
      { ownerId: canaryOwnerId },
      'CANARY_SUBJECT names an owner who has whole videos, as no probe has: nothing of theirs is swept',
    );
    return 0;
  }
  return deleteOlder(context, {
    createdBefore: new Date(context.now().getTime() - KEPT_SECONDS * 1000),
    ownerId: canaryOwnerId,
    neverWhole: true,
  });
}

/** Of any age, deleted or not: while a row is there, it tells of a user. */
async function hasWholeVideo({ em }: Needs<'em'>, ownerId: string): Promise<boolean> {
  const { rows } = await sql`
    select from videos where owner_id = ${ownerId}::uuid and not ${NEVER_WHOLE} limit 1`.execute(
    em.fork().getKysely(),
  );
  return rows.length > 0;
}
