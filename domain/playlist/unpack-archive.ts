import type { Context } from '../context.ts';

/** Placeholder of the skeleton. */
export function unpackArchive(
  _context: Context,
  _input: { playlistId: string },
  _stopping: AbortSignal,
): Promise<void> {
  return Promise.reject(new Error('not built'));
}
