import { createMiddleware } from 'hono/factory';
import type { ApiEnvironment } from '#api/environment.ts';
import type { Platform } from '#bootstrap/platform.ts';
import { DomainError } from '#domain/errors.ts';
import { rememberVerified } from './verified-tokens.ts';

/** RFC 6750 section 2.1. */
const BEARER = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

/** Opens a unit of work for the owner that the bearer token speaks for, else 401. */
export function authentication(platform: Platform) {
  const verifyToken = rememberVerified(platform.verifyToken);
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    const token = BEARER.exec(c.req.header('authorization') ?? '')?.[1];
    if (token === undefined)
      throw new DomainError('unauthenticated', 'Send `Authorization: Bearer <token>`.');
    const { subject, ownerId, scopes } = await verifyToken(token);
    c.set('subject', subject);
    c.set('context', platform.context({ kind: 'user', ownerId, scopes }, c.get('log')));
    // What an owner is told, signed URLs above all, belongs in no cache.
    c.header('Cache-Control', 'no-store');
    await next();
  });
}
