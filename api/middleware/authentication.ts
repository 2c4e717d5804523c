import { createMiddleware } from 'hono/factory';
import type { ApiEnvironment } from '#api/environment.ts';
import type { Platform } from '#bootstrap/platform.ts';
import { isUploadToken, uploadActor } from '#domain/access/upload-token.ts';
import type { Actor, Log } from '#domain/context.ts';
import { DomainError } from '#domain/errors.ts';
import { rememberVerified } from './verified-tokens.ts';

/** RFC 6750 section 2.1. */
const BEARER = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

/**
 * The routes that an upload token opens, as `POST /api/uploads/{id}/parts`: while its session lives, or also for a while
 * after it was completed, because an answer can be lost.
 */
export type UploadTokenRoutes = Readonly<Record<string, 'live' | 'live or completed'>>;

interface Caller {
  readonly actor: Actor;
  readonly subject: string | null;
}

/**
 * Opens a unit of work for the owner that the bearer token speaks for, else 401. An upload token (`up_...`) opens the
 * named routes only, and the verbs behind them its own session only (R16); it never gets to who verifies JWTs.
 */
export function authentication(platform: Platform, uploadTokenRoutes: UploadTokenRoutes = {}) {
  const verifyToken = rememberVerified(platform.verifyToken);
  const open = new Map(Object.entries(uploadTokenRoutes));

  async function callerOf(token: string, route: string, log: Log): Promise<Caller> {
    if (!isUploadToken(token)) {
      const { subject, ...owner } = await verifyToken(token);
      return { subject, actor: { kind: 'user', ...owner, subject } };
    }
    const opened = open.get(route);
    if (!opened)
      throw new DomainError('unauthenticated', 'An upload token is good for the routes of its upload only.');
    const context = platform.context({ kind: 'system' }, log);
    const actor = await uploadActor(context, token, { completedToo: opened === 'live or completed' });
    return { subject: null, actor };
  }

  return createMiddleware<ApiEnvironment>(async (c, next) => {
    const token = BEARER.exec(c.req.header('authorization') ?? '')?.[1];
    if (token === undefined)
      throw new DomainError('unauthenticated', 'Send `Authorization: Bearer <token>`.');
    const { subject, actor } = await callerOf(token, `${c.req.method} ${c.get('route')}`, c.get('log'));
    c.set('subject', subject);
    c.set('context', platform.context(actor, c.get('log')));
    // What an owner is told, signed URLs above all, belongs in no cache.
    c.header('Cache-Control', 'no-store');
    await next();
  });
}
