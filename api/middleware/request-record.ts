import { createMiddleware } from 'hono/factory';
import type { ApiEnvironment } from '#api/environment.ts';
import { DomainError } from '#domain/errors.ts';
import type { RequestMetrics } from './request-metrics.ts';

/** Asked every few seconds by machines: a line each would drown the others. */
const QUIET_ROUTES = /^\/(health|metrics|media|watch-assets|docs-assets)/;

/**
 * One log line and one observation a request: method, route template, status, milliseconds until the answer stood.
 * Never the path, the query or a header: they carry secrets (R16).
 */
export function requestRecord(metrics: RequestMetrics) {
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    const startedAt = performance.now();
    await next();
    const durationMs = Math.round((performance.now() - startedAt) * 10) / 10;
    const { method } = c.req;
    const { status } = c.res;
    const route = c.get('route');
    metrics.observe({ method, route, status, durationMs });
    const code = c.error instanceof DomainError ? { code: c.error.code } : {};
    const fields = { method, route, status, durationMs, ...code };
    if (status >= 500) c.get('log').error(fields, 'request failed');
    else if (QUIET_ROUTES.test(route)) c.get('log').debug(fields, 'request');
    else c.get('log').info(fields, 'request');
  });
}
