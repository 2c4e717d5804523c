import { createMiddleware } from 'hono/factory';
import type { ApiEnvironment } from '#api/environment.ts';

/** Who gave which order to the pipeline, and what was answered: one line each, found again by its request id. */
export const orderRecord = createMiddleware<ApiEnvironment>(async (c, next) => {
  await next();
  const { actor } = c.get('context');
  if (c.req.method !== 'POST' || actor.kind !== 'user') return;
  const { ownerId } = actor;
  const fields = { subject: c.get('subject'), ownerId, route: c.get('route'), status: c.res.status };
  c.get('log').warn(fields, 'an order of an operator');
});
