import { createMiddleware } from 'hono/factory';
import type { ApiEnvironment } from '#api/environment.ts';
import { MalformedRequest } from '#api/problems/refusal-of-error.ts';

/** A request target longer than this is nobody's cursor. Characters. */
const URL_LENGTH_MAX = 8192;

/**
 * Refuses URLs that no handler should ever see: broken percent-encoding, which the framework would pass on undecoded,
 * and NUL bytes, which Postgres refuses in any text.
 */
export const urlGate = createMiddleware<ApiEnvironment>(async (c, next) => {
  const { url } = c.req;
  if (url.length > URL_LENGTH_MAX) throw new MalformedRequest('The URL is too long.');
  if (url.includes('%')) {
    const target = url.slice(url.indexOf('/', url.indexOf('//') + 2));
    if (!decodes(target)) throw new MalformedRequest('The URL has broken percent-encoding or a NUL byte.');
  }
  await next();
});

function decodes(target: string): boolean {
  try {
    return !decodeURIComponent(target).includes('\0');
  } catch {
    return false;
  }
}
