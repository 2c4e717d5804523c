import type { Needs } from '../context.ts';
import { deleteOlder } from './delete-older.ts';

/**
 * Deletes videos whose time is over, as `deleteOlder` does.
 *
 * @returns how many were deleted
 */
export async function applyRetention(
  context: Needs<'em' | 'enqueue' | 'settings' | 'log' | 'now'>,
): Promise<number> {
  const { retentionSeconds } = context.settings;
  if (retentionSeconds === null) return 0;
  return deleteOlder(context, {
    createdBefore: new Date(context.now().getTime() - retentionSeconds * 1000),
  });
}
