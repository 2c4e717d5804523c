import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { createMiddleware } from 'hono/factory';
import type { ApiEnvironment } from '#api/environment.ts';
import { MalformedRequest } from '#api/problems/refusal-of-error.ts';
import { DomainError } from '#domain/errors.ts';
import { textFault } from './text-faults.ts';

const JSON_TYPE = /^application\/([\w.-]+\+)?json\s*(;|$)/i;
const BODY_METHODS = new Set(['POST', 'PUT', 'PATCH']);

/**
 * Lets only JSON through to handlers: 413, 415, 400 and 422 are answered here. Needed because the validator skips a body
 * whose content type it does not know, and because Postgres refuses NUL bytes and lone surrogates that JSON may carry.
 * An empty body counts as none, whatever its content type says; routes that need one refuse it in their schema.
 */
export function jsonGate(limits: { maxBytes: number; maxBytesByRoute?: Readonly<Record<string, number>> }) {
  const usual = sizeGate(limits.maxBytes);
  const byRoute = new Map(Object.entries(limits.maxBytesByRoute ?? {}).map(([r, n]) => [r, sizeGate(n)]));
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    if (!BODY_METHODS.has(c.req.method)) return next();
    // Before its length: who sends a file here by mistake should hear of its type.
    if (hasBody(c)) refuseUnlessJson(c);
    const limited = byRoute.get(c.get('route')) ?? usual;
    return limited(c, async () => {
      await checkBody(c);
      await next();
    });
  });
}

/** The same without a limit, for a body that somebody has already limited and read. */
export const jsonOnly = createMiddleware<ApiEnvironment>(async (c, next) => {
  await checkBody(c);
  await next();
});

async function checkBody(c: Context<ApiEnvironment>): Promise<void> {
  const bytes = await c.req.arrayBuffer();
  const contentType = c.req.header('content-type');
  if (bytes.byteLength === 0) {
    if (contentType !== undefined) c.req.raw = withoutBody(c.req.raw);
    return;
  }
  refuseUnlessJson(c);
  checkJson(bytes);
}

/** Paths that take something else as well; it went another way before it got here. */
const OTHER_TYPES: { readonly [route: string]: string } = {
  '/api/videos': ', or a video as its body with the type of the video (video/mp4) or multipart/form-data',
};

function refuseUnlessJson(c: Context<ApiEnvironment>): void {
  const contentType = c.req.header('content-type') ?? '';
  if (JSON_TYPE.test(contentType)) return;
  const others = OTHER_TYPES[c.get('route')] ?? '';
  throw new DomainError(
    'unsupported_media_type',
    `This path takes application/json${others}, not ${contentType || 'a body without a type'}.`,
  );
}

function hasBody(c: Context<ApiEnvironment>): boolean {
  const length = c.req.header('content-length');
  return length === undefined ? c.req.header('transfer-encoding') !== undefined : Number(length) > 0;
}

/** 413 above `maxBytes`, whether the length is declared or the body comes in chunks. */
export function sizeGate(maxBytes: number) {
  const refuse = () => {
    throw new DomainError('body_too_large', `A body may have ${maxBytes} bytes here.`);
  };
  const limit = bodyLimit({ maxSize: maxBytes, onError: refuse });
  // hono runs a middleware twice for a path that is its pattern by letter, `/api/videos/*`; a body is read once.
  const limited = new WeakSet<Context>();
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    if (limited.has(c)) return next();
    limited.add(c);
    // Before hono looks at the body: one that was looked at is not read away, and takes its connection with it.
    if (Number(c.req.header('content-length') ?? 0) > maxBytes) refuse();
    try {
      return await limit(c, async () => {
        // Read here, so that a client that hangs up in mid-body is told apart from a database that does.
        await c.req.arrayBuffer();
        await next();
      });
    } catch (error) {
      if (error instanceof DomainError) throw error;
      throw new MalformedRequest('The body did not arrive whole.', { cause: error });
    }
  });
}

/** Throws DomainError `malformed_json`, or `invalid_request` for JSON that holds what no text may hold. */
function checkJson(bytes: ArrayBuffer): void {
  const fault = textFault(parseJson(bytes));
  if (fault) throw new DomainError('invalid_request', 'The body cannot be stored.', { fields: [fault] });
}

/** Throws DomainError `malformed_json`. */
function parseJson(bytes: ArrayBuffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new DomainError('malformed_json', 'The body is not valid JSON in UTF-8.', { cause });
  }
}

function withoutBody(request: Request): Request {
  const headers = new Headers(request.headers);
  headers.delete('content-type');
  return new Request(request.url, { method: request.method, headers, signal: request.signal });
}
