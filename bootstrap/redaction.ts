/** A field whose name says that it is secret, whatever is in it. */
const SECRET_NAME = /authorization|cookie|password|secret|signature|token|credential/i;

/** Secrets inside text, and what is written instead. Every pattern takes linear time: text may come from strangers. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  // A presigned query, as a whole: the signature is its last member, the key id and the expiry come before.
  [/\?[^\s"'<>?]*X-Amz-[^\s"'<>]*/gi, '?[redacted]'],
  [
    /((?:x-amz-(?:signature|credential|security-token)|awsaccesskeyid|signature|access_token|token|secret|password)(?:=|%3d))[^\s&"'<>,;]+/gi,
    '$1[redacted]',
  ],
  // A storage's key as settings, JSON or an SDK write it.
  [/(secret_?access_?key["']?\s*(?:[:=]|%3d)\s*["']?)[^\s&"'<>,;]+/gi, '$1[redacted]'],
  [/(Bearer +)[^\s"',;]+/gi, '$1[redacted]'],
  [/(Basic +)[A-Za-z0-9+/=]{8,}/g, '$1[redacted]'],
  // The dots of a JWT are optional: a pattern that may still fail at its end is tried anew at every `eyJ`.
  [/\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}/g, '[redacted token]'],
  [/\b(u[pg]_)[\w-]{20,}/g, '$1[redacted]'],
  [/\bwhsec_[\w+/=-]+/g, 'whsec_[redacted]'],
  [/\b([a-z][a-z0-9+.-]{1,30}:\/\/)[^\s/@"'<>]+@/gi, '$1[redacted]@'],
];

const LENGTH_MAX = 16_384;
const DEPTH_MAX = 8;
const ENTRIES_MAX = 200;

/** The text without tokens, signatures, presigned queries and passwords; cut off where it is very long. */
export function redactText(text: string): string {
  const bounded =
    text.length > LENGTH_MAX ? `${text.slice(0, LENGTH_MAX)}... (${text.length} characters)` : text;
  return SECRETS.reduce((clean, [pattern, instead]) => clean.replace(pattern, instead), bounded);
}

/**
 * A copy that is fit for a log: text redacted, members with a secret name emptied, errors with message, stack and cause,
 * bigints as text, bounded in depth and breadth.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH_MAX) return '[deep]';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof URL) return redactText(value.href);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Error) return redactError(value, depth);
  if (Array.isArray(value)) return value.slice(0, ENTRIES_MAX).map((entry) => redact(entry, depth + 1));
  return redactMembers(Object.entries(value), depth);
}

function redactError(error: Error, depth: number): Record<string, unknown> {
  const members = redactMembers(Object.entries(error), depth);
  const { name: type, message, stack, cause } = error;
  const errors = error instanceof AggregateError ? { errors: redact(error.errors, depth + 1) } : {};
  const clean = { type, message: redactText(message), stack: redactText(stack ?? ''), ...errors };
  return { ...members, ...clean, ...(cause !== undefined && { cause: redact(cause, depth + 1) }) };
}

function redactMembers(entries: [string, unknown][], depth: number): Record<string, unknown> {
  return Object.fromEntries(
    entries
      .slice(0, ENTRIES_MAX)
      .map(([name, value]) => [
        name,
        SECRET_NAME.test(name) && typeof value === 'string' ? '[redacted]' : redact(value, depth + 1),
      ]),
  );
}
