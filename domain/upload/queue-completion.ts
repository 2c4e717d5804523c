import type { Needs } from '../context.ts';

/** Placeholder of the skeleton. Queues the verification of a video's live single PUT; repeatable. */
export function queueCompletion(
  _context: Needs<'em' | 'actor' | 'enqueue' | 'settings' | 'now'>,
  _input: { videoId: string },
): Promise<void> {
  return Promise.reject(new Error('not built'));
}
