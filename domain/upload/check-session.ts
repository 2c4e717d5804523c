import type { Needs } from '../context.ts';

/** Placeholder of the skeleton: storage said that something arrived for this session. */
export function checkSession(
  _context: Needs<'em' | 'actor' | 'storage' | 'enqueue' | 'settings' | 'metrics' | 'log' | 'now'>,
  _input: { sessionId: string },
): Promise<void> {
  return Promise.reject(new Error('not built'));
}
