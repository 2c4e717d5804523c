import { createMiddleware } from 'hono/factory';
import type { ApiEnvironment } from '#api/environment.ts';
import { problemResponse } from '#api/problems/problem.ts';
import type { RouteTable } from '#api/route-table.ts';

/**
 * Answers 404 for paths and 405 for methods that do not exist, before the body or the token is looked at: a client with
 * the wrong address should not be told about its content type.
 *
 * @param table asked at the first request, when all routes are registered
 */
export function methodGate(table: () => RouteTable) {
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    const route = table().lookUp(c.req.path);
    if (!route) return problemResponse(c, { code: 'not_found', detail: 'No resource has this path.' });
    c.set('route', route.template);
    const { method } = c.req;
    const headers = { Allow: route.methods.join(', ') };
    if (!route.methods.includes(method)) {
      const detail = `This path answers ${headers.Allow}.`;
      return problemResponse(c, { code: 'method_not_allowed', detail, headers });
    }
    if (method === 'OPTIONS' && !route.hasOptions) return c.body(null, 204, headers);
    return next();
  });
}
