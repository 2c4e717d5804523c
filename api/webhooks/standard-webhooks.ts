import { timingSafeEqual } from 'node:crypto';
import { signatureOf } from '#domain/notifications/webhook-secret.ts';

/** How far a sender's clock and a slow network may be off (Standard Webhooks 1.0, "Verifying webhook authenticity"). */
const TOLERANCE_SECONDS = 300;

/** The three headers of Standard Webhooks as they came. */
export interface WebhookHeaders {
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
}

/**
 * Checks a Standard Webhooks 1.0 signature: HMAC-SHA256 of `id.timestamp.body`.
 *
 * @param secret `whsec_` and base64; the prefix may be left out
 * @param rawBody the bytes as they came: parsed and written again they would be others
 * @returns true when any of the signatures (there are several while a secret is rotated) is right and the time is ours
 */
export function isSignedBy(
  secret: string,
  { id, timestamp, signature }: WebhookHeaders,
  rawBody: Uint8Array,
  now: Date,
): boolean {
  if (!id || !signature || !timestamp || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(now.getTime() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) return false;
  const expected = signatureOf(secret, { id, timestamp }, rawBody);
  let isGenuine = false;
  // All are compared, so that the time taken does not tell which one was right.
  for (const candidate of signature.split(' ')) {
    const [version, value = ''] = candidate.split(',');
    const given = Buffer.from(value, 'base64');
    if (version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected))
      isGenuine = true;
  }
  return isGenuine;
}
