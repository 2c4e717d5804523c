import { createHmac, randomBytes } from 'node:crypto';

const SECRET_BYTES = 32;
const PREFIX = 'whsec_';

/** A new secret in the form of Standard Webhooks 1.0: `whsec_` and base64 of 24 to 64 random bytes. */
export function newWebhookSecret(): string {
  return `${PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`;
}

/**
 * The headers of Standard Webhooks 1.0 for one attempt.
 *
 * @param id the same for every attempt at one message
 * @param body exactly the text that is sent
 * @param secrets several while one replaces another; each signs
 */
export function signatureHeaders(
  { id, body, secrets }: { id: string; body: string; secrets: readonly string[] },
  now: Date,
): Record<string, string> {
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const signatures = secrets.map(
    (secret) => `v1,${signatureOf(secret, { id, timestamp }, body).toString('base64')}`,
  );
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}

/** The bare HMAC, 32 bytes. For `webhook-signature` it is written as `v1,` and base64. */
export function signatureOf(
  secret: string,
  { id, timestamp }: { id: string; timestamp: string },
  body: string | Uint8Array,
): Buffer {
  const key = Buffer.from(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret, 'base64');
  // An empty key is one that everybody knows.
  if (key.length === 0) throw new Error('The webhook secret holds no base64');
  return createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
}
