import { cors } from 'hono/cors';
import { createMiddleware } from 'hono/factory';
import type { ApiEnvironment } from '#api/environment.ts';

/** What browsers may read of an answer. Ours, and those of the tus protocol 1.0. */
const EXPOSED = [
  'ETag',
  'Location',
  'Retry-After',
  'X-Request-Id',
  'Upload-Offset',
  'Upload-Length',
  'Upload-Metadata',
  'Upload-Defer-Length',
  'Upload-Expires',
  'Tus-Resumable',
  'Tus-Version',
  'Tus-Extension',
  'Tus-Max-Size',
];

/** Chromium keeps a preflight no longer than this. */
const PREFLIGHT_MAX_AGE_SECONDS = 7200;

/** Players fetch media from any page, and caches keep it for all of them alike. */
const MEDIA_PREFIX = '/media/';

/**
 * Lets browsers of other origins in. Never with credentials: tokens travel in a header, and there are no cookies.
 *
 * @param origins `['*']` or whole origins such as `https://app.example.com`; for media any origin will do
 */
export function crossOrigin(origins: readonly string[]) {
  const forAll = corsOf('*');
  const forOrigins = origins.includes('*') ? forAll : corsOf([...origins]);
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    // An OPTIONS that is no preflight is a question to the resource; hono's middleware would swallow it.
    const isPreflight = c.req.header('access-control-request-method') !== undefined;
    if (c.req.method === 'OPTIONS' && !isPreflight) return next();
    return (c.req.path.startsWith(MEDIA_PREFIX) ? forAll : forOrigins)(c, next);
  });
}

function corsOf(origin: '*' | string[]) {
  return cors({
    origin,
    // No list of ours for request headers: what a preflight asks for is allowed, as no header here bypasses anything.
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposeHeaders: EXPOSED,
    maxAge: PREFLIGHT_MAX_AGE_SECONDS,
  });
}
