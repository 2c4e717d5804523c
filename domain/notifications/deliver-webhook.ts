import type { Context } from '../context.ts';

/** Placeholder of the skeleton. */
export function deliverWebhook(_context: Context, _input: { deliveryId: string }): Promise<void> {
  return Promise.reject(new Error('not built'));
}
