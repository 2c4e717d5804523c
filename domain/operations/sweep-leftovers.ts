import type { Context } from '../context.ts';

/** Placeholder of the skeleton. */
export function sweepLeftovers(_context: Context): Promise<void> {
  return Promise.reject(new Error('not built'));
}
