import type { WebhookSettings } from '../settings.ts';

/** Receivers that failed together are not called again together. */
const JITTER_SHARE = 0.2;
const RETRY_AFTER_MAX_SECONDS = 86_400;

/**
 * How long the next attempt waits, in seconds; null when the one that failed was the last.
 *
 * @param attempts made so far, 1 or more
 * @param retryAfterSeconds what the receiver asked for; its wish can only lengthen the wait, and by a day at most
 * @param random from 0 to 1
 */
export function retryWaitSeconds(
  { retryWaitSeconds: waits }: Pick<WebhookSettings, 'retryWaitSeconds'>,
  { attempts, retryAfterSeconds }: { attempts: number; retryAfterSeconds: number | null },
  random: number = Math.random(),
): number | null {
  const wait = waits[attempts - 1];
  if (wait === undefined) return null;
  const asked = Math.min(retryAfterSeconds ?? 0, RETRY_AFTER_MAX_SECONDS);
  return Math.max(wait, asked) * (1 + JITTER_SHARE * random);
}
