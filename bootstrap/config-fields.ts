import { isIP } from 'node:net';
import path from 'node:path';
import { z } from 'zod';
import { isPem } from './database-authority.ts';

/** What the documentation says of a variable beside its description. */
export interface VariableNotes {
  /** Its value is never repeated in a message. */
  readonly secret?: boolean;
  /** The default in words, where it is not a constant. */
  readonly byDefault?: string;
}

/** Notes of each variable's schema, as it is before it is made optional or given a default. */
export const variableNotes = z.registry<VariableNotes>();

/** Adds notes to a variable's schema. */
export function noted<S extends z.ZodType>(schema: S, notes: VariableNotes): S {
  variableNotes.add(schema, notes);
  return schema;
}

/** A whole number in decimal digits, both ends included. */
export function wholeNumber(min: number, max: number, unit = 'a whole number') {
  const error = `must be ${unit} from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, error)
    .transform(Number)
    .refine((value) => value >= min && value <= max, error);
}

/** Decimal digits with a point, as money is written; stays text, since a float would not be exact. */
export function amount() {
  return z.string().regex(/^\d{1,6}(\.\d{1,8})?$/, 'must be an amount such as 0.05');
}

export const port = () => wholeNumber(1, 65_535, 'a port number');
export const seconds = (min: number, max: number) => wholeNumber(min, max, 'whole seconds,');
export const bytes = (min: number, max: number) => wholeNumber(min, max, 'whole bytes,');

/** One of a few words. */
export function oneOf<const W extends readonly [string, ...string[]]>(words: W) {
  return z.enum(words, { error: `must be ${alternatives(words)}` });
}

/** `true` or `false`. */
export function flag() {
  return oneOf(['true', 'false']).transform((word) => word === 'true');
}

/** An http or https address without credentials, query or fragment; comes out without a trailing slash. */
export function httpAddress() {
  const error = 'must be an http:// or https:// address without a user, a query or a fragment';
  return z
    .string()
    .refine((text) => {
      const url = URL.parse(text);
      return url !== null && /^https?:$/.test(url.protocol) && !url.username && !url.search && !url.hash;
    }, error)
    .transform((text) => text.replace(/\/+$/, ''));
}

/**
 * An ARN of one kind: `service` and what its resource begins with, such as `iam` and `role`. The form:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
 */
export function arn(service: string, resource: string) {
  const form = new RegExp(`^arn:aws[a-z-]*:${service}:[a-z0-9-]*:\\d{12}:${resource}/[\\w+=,.@/-]+$`);
  const region = service === 'iam' ? '' : 'eu-central-1';
  return z
    .string()
    .regex(form, `must look like arn:aws:${service}:${region}:111122223333:${resource}/<name>`);
}

/** An address of Postgres with host and database. */
export function postgresAddress() {
  const error = 'must look like postgres://<user>:<password>@<host>:5432/<database>';
  return z.string().refine((text) => {
    const url = URL.parse(text);
    return (
      url !== null && /^postgres(ql)?:$/.test(url.protocol) && url.hostname !== '' && url.pathname.length > 1
    );
  }, error);
}

/**
 * One or several certificates, or the absolute path of their file. Line ends may have become `\n` on their way through a
 * settings page.
 */
export function certificates() {
  return z
    .string()
    .transform((text) => text.replaceAll('\\n', '\n'))
    .refine(
      (text) => path.isAbsolute(text) || isPem(text),
      'must be one or more PEM certificates, from -----BEGIN CERTIFICATE-----, or the absolute path of their file',
    );
}

/** `*`, or origins separated by commas. */
export function origins() {
  const error = 'must be * or origins such as https://app.example.com, separated by commas, without a path';
  return z
    .string()
    .transform((text) => text.split(',').map((origin) => origin.trim()))
    .refine((list) => list.every(isOriginOrStar), error);
}

/** Networks in CIDR notation, separated by commas. */
export function networks() {
  const error = 'must be networks such as 10.0.0.0/8 or fd00::/8, separated by commas';
  return z
    .string()
    .transform((text) => text.split(',').map((network) => network.trim()))
    .refine((list) => list.every(isNetwork), error);
}

/** A JSON value of the given form. */
export function jsonOf<S extends z.ZodType>(form: S) {
  return z.string().transform((text, context): z.output<S> => {
    const parsed = form.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    const { path = [], message = '' } = parsed.error.issues[0] ?? {};
    const where = path.length > 0 ? `${path.join('.')}: ` : '';
    context.addIssue({ code: 'custom', message: `must be JSON of the documented form (${where}${message})` });
    return z.NEVER;
  });
}

/** At least so many bytes in UTF-8. */
export function longSecret(minBytes: number, advice: string) {
  return z.string().refine((text) => Buffer.byteLength(text) >= minBytes, advice);
}

/** A secret in the form of Standard Webhooks: base64 of 24 to 64 bytes after `whsec_`, which may be left out. */
export function webhookSecret() {
  return z.string().refine((text) => {
    const base64 = /^(?:whsec_)?([A-Za-z0-9+/]+={0,2})$/.exec(text)?.[1] ?? '';
    const { length } = Buffer.from(base64, 'base64');
    return length >= 24 && length <= 64;
  }, 'must be whsec_ and 24 to 64 random bytes in base64; make one: echo whsec_$(openssl rand -base64 32)');
}

function alternatives(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function isOriginOrStar(origin: string): boolean {
  if (origin === '*') return true;
  const url = URL.parse(origin);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === origin;
}

function isNetwork(text: string): boolean {
  const [address = '', bits = ''] = text.split('/');
  const family = isIP(address);
  return family !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
