import type { WebhookSender } from './webhook-sender.ts';

/** Placeholder of the skeleton. */
export function publicWebhookSender(_options: { allowedNetworks: readonly string[] }): WebhookSender {
  return { refusalOf: () => null, send: () => Promise.reject(new Error('not built')) };
}
