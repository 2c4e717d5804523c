import { cors } from 'hono/cors';
import { createMiddleware } from 'hono/factory';
import type { ApiEnvironment } from '#api/environment.ts';

/** What browsers may read of an answer. Ours, and those of the tus protocol 1.0. */
const EXPOSED = [
  'ETag',
  'Location',
  'Retry-After',
  'X-Request-Id',
  'Idempotency-Replayed',
  'Upload-Offset',
  'Upload-Length',
  'Upload-Metadata',
  'Upload-Defer-Length',
  'Upload-Expires',
  'Tus-Resumable',
  'Tus-Version',
  'Tus-Extension',
  'Tus-Max-Size',
  'Tus-Checksum-Algorithm',
  'Sluice-Video-Id',
].join(',');

/** Chromium keeps a preflight no longer than this. */
const PREFLIGHT_MAX_AGE_SECONDS = 7200;

/** Players fetch media from any page, and caches keep it for all of them alike. */
const MEDIA_PREFIX = '/media/';

/**
 * Lets browsers of other origins in. Never with credentials: tokens travel in a header, and there are no cookies.
 *
 * Hono's middleware answers the preflights only: around a handler it touches the answer before there is one, which
 * makes hono copy the real one and node-server read it as a stream, for a third of the CPU of a small answer.
 *
 * @param origins `['*']` or whole origins such as `https://app.example.com`; for media any origin will do
 */
export function crossOrigin(origins: readonly string[]) {
  const everybody = rulesOf(['*']);
  const ours = rulesOf(origins);
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    const { allowed, answerPreflight } = c.req.path.startsWith(MEDIA_PREFIX) ? everybody : ours;
    // An OPTIONS that is no preflight is a question to the resource.
    const isPreflight = c.req.header('access-control-request-method') !== undefined;
    if (c.req.method === 'OPTIONS') return isPreflight ? answerPreflight(c, next) : next();
    await next();
    const { headers } = c.res;
    const origin = allowed(c.req.header('origin'));
    if (origin !== undefined) headers.set('Access-Control-Allow-Origin', origin);
    if (origin !== '*') headers.append('Vary', 'Origin');
    headers.set('Access-Control-Expose-Headers', EXPOSED);
  });
}

function rulesOf(origins: readonly string[]) {
  const forAll = origins.includes('*');
  return {
    /** The origin that an answer names: `*`, the page's own where it is listed, none otherwise. */
    allowed: (origin = '') => (forAll ? '*' : origins.includes(origin) ? origin : undefined),
    answerPreflight: cors({
      origin: forAll ? '*' : [...origins],
      // No list of ours for request headers: what a preflight asks for is allowed, as no header here bypasses anything.
      allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
      exposeHeaders: EXPOSED.split(','),
      maxAge: PREFLIGHT_MAX_AGE_SECONDS,
    }),
  };
}
