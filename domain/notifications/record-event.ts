import type { Context } from '../context.ts';
import type { JobPayloads } from '../jobs.ts';

/** Placeholder of the skeleton. */
export function recordEvent(_context: Context, _input: JobPayloads['announce-video']): Promise<void> {
  return Promise.reject(new Error('not built'));
}
