import { createMiddleware } from 'hono/factory';
import type { ApiEnvironment } from '#api/environment.ts';
import type { Platform } from '#bootstrap/platform.ts';
import { DomainError } from '#domain/errors.ts';
import { isSignedBy } from './standard-webhooks.ts';

/** Lets in what is signed with `WEBHOOK_SECRET`, as the platform itself; without a secret nobody. */
export function authenticity(platform: Platform) {
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    const secret = platform.config.WEBHOOK_SECRET;
    const context = platform.context({ kind: 'system' }, c.get('log'));
    const headers = {
      id: c.req.header('webhook-id'),
      timestamp: c.req.header('webhook-timestamp'),
      signature: c.req.header('webhook-signature'),
    };
    const rawBody = new Uint8Array(await c.req.arrayBuffer());
    if (secret === undefined || !isSignedBy(secret, headers, rawBody, context.now())) {
      context.metrics.webhookReceived('webhook', 'refused');
      throw new DomainError('unauthenticated', 'The Standard Webhooks signature is missing, old or wrong.');
    }
    c.set('context', context);
    await next();
  });
}
