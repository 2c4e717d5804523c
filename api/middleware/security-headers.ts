import { createMiddleware } from 'hono/factory';
import type { ApiEnvironment } from '#api/environment.ts';

/** Nothing of JSON is ever run or framed; pages bring a policy of their own. */
const API_POLICY = "default-src 'none'; frame-ancestors 'none'";
const HSTS = 'max-age=31536000';

/** @param publicUrl where clients reach us: only over https does HSTS make sense */
export function securityHeaders(publicUrl: string) {
  const overTls = publicUrl.startsWith('https:');
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    await next();
    const { headers } = c.res;
    headers.set('X-Content-Type-Options', 'nosniff');
    if (!headers.has('Referrer-Policy')) headers.set('Referrer-Policy', 'no-referrer');
    if (!headers.has('Content-Security-Policy')) headers.set('Content-Security-Policy', API_POLICY);
    if (overTls) headers.set('Strict-Transport-Security', HSTS);
  });
}
