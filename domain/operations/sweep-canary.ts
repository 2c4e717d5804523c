import type { Needs } from '../context.ts';
import { deleteOlder } from './delete-older.ts';

/** A probe is done within a minute: what is left after so long is what it could not clean up. */
const KEPT_SECONDS = 3600;

/**
 * Deletes what the canary left behind, as `deleteOlder` does: every video of the owner that is reserved for it which is older
 * than an hour, whether its upload lives or not. Nobody else's, and nothing where no owner is reserved.
 *
 * @returns how many were deleted
 */
export async function sweepCanary(
  context: Needs<'em' | 'enqueue' | 'settings' | 'log' | 'now'>,
): Promise<number> {
  const { canaryOwnerId } = context.settings;
  if (canaryOwnerId === null) return 0;
  return deleteOlder(context, {
    createdBefore: new Date(context.now().getTime() - KEPT_SECONDS * 1000),
    ownerId: canaryOwnerId,
  });
}
