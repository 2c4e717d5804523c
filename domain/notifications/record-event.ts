import type { Context } from '../context.ts';
import type { EventType } from './event-types.ts';

/** Placeholder of the skeleton. */
export function recordEvent(
  _context: Context,
  _input: { videoId: string; type: EventType; occurrence: string },
): Promise<void> {
  return Promise.reject(new Error('not built'));
}
