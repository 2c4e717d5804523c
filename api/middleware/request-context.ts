import { randomUUID } from 'node:crypto';
import { createMiddleware } from 'hono/factory';
import type { ApiEnvironment } from '#api/environment.ts';
import type { Log } from '#domain/context.ts';

/** What a proxy may have given a request: short, and harmless in a log line and in a header. */
const SANE_REQUEST_ID = /^[A-Za-z0-9_.:-]{8,128}$/;

/** Names the request. A sane `X-Request-Id` is kept, so that one id leads through proxy, API and jobs. */
export function requestContext(log: Log) {
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    const given = c.req.header('x-request-id');
    const requestId = given !== undefined && SANE_REQUEST_ID.test(given) ? given : randomUUID();
    c.set('requestId', requestId);
    c.set('route', 'unmatched');
    c.set('log', logWith(log, { requestId }));
    await next();
    // On the answer itself: a handler may have made one without hono's help.
    c.res.headers.set('X-Request-Id', requestId);
  });
}

/** The same log with `fields` in each line. */
function logWith(log: Log, fields: object): Log {
  return {
    debug: (more, message) => log.debug({ ...fields, ...more }, message),
    info: (more, message) => log.info({ ...fields, ...more }, message),
    warn: (more, message) => log.warn({ ...fields, ...more }, message),
    error: (more, message) => log.error({ ...fields, ...more }, message),
  };
}
