import { randomUUID } from 'node:crypto';
import { signatureOf } from '#domain/notifications/webhook-secret.ts';
import { TEST_WEBHOOK_SECRET } from '#test/support/platform.ts';

/** The headers of Standard Webhooks for a body, as a sender makes them. */
export function signed(
  body: string,
  { id = `msg_${randomUUID()}`, secret = TEST_WEBHOOK_SECRET, at = new Date() } = {},
): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signature = signatureOf(secret, { id, timestamp }, Buffer.from(body)).toString('base64');
  return {
    'Content-Type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  };
}
