import type { WebhookEvent } from './webhook-events.ts';

/** Why a request is not believed. */
export type WebhookVerificationCode =
  /** One of the three headers is not there. */
  | 'missing_header'
  /** `webhook-timestamp` is no number. */
  | 'invalid_timestamp'
  /** It was sent too long ago: a repetition by somebody else, or a clock that is wrong. */
  | 'too_old'
  | 'too_new'
  /** No signature is by one of the secrets over these very bytes. */
  | 'no_matching_signature'
  /** The body was parsed before it came here. Only the bytes as they arrived can be verified. */
  | 'body_not_raw'
  /** Signed, and still no event. */
  | 'invalid_body'
  /** The secret is not `whsec_` and base64. */
  | 'invalid_secret';

/** The request is not to be acted on. Answer 400. */
export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError';
  readonly code: WebhookVerificationCode;

  constructor(code: WebhookVerificationCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Headers as a framework has them: `Headers`, or an object with names in any case. */
export type WebhookHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

export interface VerifyWebhookOptions {
  /** How far the sender's clock may be off, and how old a request may be. Default 300, as Standard Webhooks 1.0 says. */
  readonly toleranceSeconds?: number;
  /** Default: now. */
  readonly now?: Date;
}

/** Node and browsers name the type differently. */
type HmacKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** Enough for any rotation; a request with more is not ours. */
const SIGNATURES_MAX = 20;

/**
 * Checks that a request is a webhook of yours (Standard Webhooks 1.0: HMAC-SHA256 over `id.timestamp.body`), and answers
 * its event. Compare `webhook-id` with those you have seen: an event may come more than once.
 *
 * @param secrets `whsec_...` as it was shown; several while one replaces another
 * @param headers of the request; null takes those of a `Request` given as body
 * @param body the bytes as they arrived (string, bytes or the unread `Request`), not what a framework made of them
 * @throws WebhookVerificationError with a `code`
 */
export async function verifyWebhook(
  secrets: string | readonly string[],
  headers: WebhookHeaders | null,
  body: string | Uint8Array | Request,
  options: VerifyWebhookOptions = {},
): Promise<WebhookEvent> {
  const from = headers ?? (body instanceof Request ? body.headers : {});
  const id = headerOf(from, 'webhook-id');
  const timestamp = headerOf(from, 'webhook-timestamp');
  const signatures = headerOf(from, 'webhook-signature');
  checkTimestamp(timestamp, options);
  const bytes = await bytesOf(body);
  const signed = concatenated(new TextEncoder().encode(`${id}.${timestamp}.`), bytes);
  const keys = await Promise.all((typeof secrets === 'string' ? [secrets] : secrets).map(importKey));
  if (!(await isSignedByAny(keys, signatures, signed)))
    throw new WebhookVerificationError('no_matching_signature', 'No signature fits these bytes');
  return parseEvent(bytes);
}

function headerOf(headers: WebhookHeaders, name: string): string {
  const value = headers instanceof Headers ? headers.get(name) : memberOf(headers, name);
  const text = typeof value === 'string' ? value : (value ?? []).join(' ');
  if (text === '') throw new WebhookVerificationError('missing_header', `There is no ${name}`);
  return text;
}

function memberOf(
  headers: Exclude<WebhookHeaders, Headers>,
  wanted: string,
): string | readonly string[] | undefined {
  return Object.entries(headers).find(([name]) => name.toLowerCase() === wanted)?.[1];
}

function checkTimestamp(
  timestamp: string,
  { toleranceSeconds = 300, now = new Date() }: VerifyWebhookOptions,
): void {
  if (!/^\d{1,12}$/.test(timestamp))
    throw new WebhookVerificationError('invalid_timestamp', 'webhook-timestamp is no number of seconds');
  const ageSeconds = Math.floor(now.getTime() / 1000) - Number(timestamp);
  if (ageSeconds > toleranceSeconds)
    throw new WebhookVerificationError('too_old', `It was sent ${ageSeconds} s ago`);
  if (ageSeconds < -toleranceSeconds)
    throw new WebhookVerificationError('too_new', `It was sent ${-ageSeconds} s from now: check the clocks`);
}

async function bytesOf(body: string | Uint8Array | Request): Promise<Uint8Array<ArrayBuffer>> {
  if (typeof body === 'string') return new TextEncoder().encode(body);
  if (body instanceof Uint8Array) return new Uint8Array(body);
  if (body instanceof Request && !body.bodyUsed) return new Uint8Array(await body.arrayBuffer());
  throw new WebhookVerificationError(
    'body_not_raw',
    'Give the body as it arrived: a string, bytes, or a Request that nobody has read. Parsed JSON is another body.',
  );
}

function concatenated(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}

async function importKey(secret: string): Promise<HmacKey> {
  const key = decodeBase64(secret.replace(/^whsec_/, ''));
  // An empty key is one that everybody knows.
  if (key === null || key.length === 0)
    throw new WebhookVerificationError('invalid_secret', 'The secret is not whsec_ and base64');
  return crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
}

/** WebCrypto compares in constant time; all pairs are tried, so that the time does not tell which one was right. */
async function isSignedByAny(
  keys: readonly HmacKey[],
  header: string,
  signed: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const signatures = header.split(' ').slice(0, SIGNATURES_MAX).map(signatureOf);
  const checks = keys.flatMap((key) =>
    signatures.map((signature) =>
      signature === null ? false : crypto.subtle.verify('HMAC', key, signature, signed),
    ),
  );
  return (await Promise.all(checks)).includes(true);
}

/** Null for one of another version. */
function signatureOf(text: string): Uint8Array<ArrayBuffer> | null {
  const [version, value] = text.split(',', 2);
  return version === 'v1' && value !== undefined ? decodeBase64(value) : null;
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    return null;
  }
}

function parseEvent(bytes: Uint8Array): WebhookEvent {
  try {
    const event: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (isEvent(event)) return event;
  } catch {
    // Told below, in one way.
  }
  throw new WebhookVerificationError('invalid_body', 'The body is signed, and still no event');
}

/** The envelope only: `data` is as documented for its type. */
function isEvent(value: unknown): value is WebhookEvent {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    typeof value.type === 'string' &&
    'timestamp' in value &&
    typeof value.timestamp === 'string' &&
    'data' in value
  );
}
