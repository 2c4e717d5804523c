import type { WebhookFailure, WebhookOutcome } from './webhook-sender.ts';

const KINDS: readonly (readonly [RegExp, WebhookFailure, string])[] = [
  [/^ECONNREFUSED$/, 'refused', 'Nobody listens there'],
  [/^(ENOTFOUND|EAI_|ENODATA|ESERVFAIL|ETIMEOUT$)/, 'dns', 'The name has no address'],
  [/^ETIMEDOUT$/, 'timeout', 'There was no connection in time'],
  [/CERT|SSL|TLS|SIGNATURE|ISSUER|^EPROTO$/, 'tls', 'TLS could not be set up'],
];

/** An error of Node's HTTP client as one of our codes. Its message may name addresses: only its code is kept. */
export function failureOf(error: unknown): WebhookOutcome {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  const [, failure, detail] = KINDS.find(([pattern]) => pattern.test(code)) ?? [];
  return {
    failure: failure ?? 'connection',
    detail: `${detail ?? 'The connection broke'} (${code})`,
  };
}
