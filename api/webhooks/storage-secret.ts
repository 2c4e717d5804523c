import { createHash, timingSafeEqual } from 'node:crypto';
import { createMiddleware } from 'hono/factory';
import type { ApiEnvironment } from '#api/environment.ts';
import type { Platform } from '#bootstrap/platform.ts';
import { DomainError } from '#domain/errors.ts';

/** What a storage shows that it is ours: EventBridge sends a header of any name, MinIO only a bearer token. */
export const STORAGE_SECRET_HEADER = 'x-sluice-secret';

/** Lets in who knows `STORAGE_WEBHOOK_SECRET`, as the platform itself; where none is set, nobody. */
export function storageSecret(platform: Platform) {
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    const secret = platform.config.STORAGE_WEBHOOK_SECRET;
    const bearer = /^Bearer +(.+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
    const given = c.req.header(STORAGE_SECRET_HEADER) ?? bearer;
    if (secret === undefined || given === undefined || !isSame(secret, given)) {
      platform.metrics.webhookReceived('storage', 'refused');
      throw new DomainError('unauthenticated', `The header ${STORAGE_SECRET_HEADER} is missing or wrong.`);
    }
    c.set('context', platform.context({ kind: 'system' }, c.get('log')));
    await next();
  });
}

/** Takes as long whichever character is wrong, and however long the guess is. */
function isSame(secret: string, given: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(secret), digest(given));
}
