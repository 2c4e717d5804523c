import { createHash, timingSafeEqual } from 'node:crypto';
import { NotificationRejected } from '../transcoder.ts';

/** EventBridge sends an API key in a header of any name. */
const SECRET_HEADER = 'x-sluice-secret';

/**
 * Passes for who knows the secret, in the header or as a bearer token; where none is set, for nobody. Takes as long
 * whichever character is wrong. Throws NotificationRejected.
 */
export function requireSecret(headers: Headers, secret: string | undefined): void {
  const bearer = /^Bearer +(.+)$/i.exec(headers.get('authorization') ?? '')?.[1];
  const given = headers.get(SECRET_HEADER) ?? bearer;
  if (secret === undefined || given === undefined || !timingSafeEqual(digest(secret), digest(given)))
    throw new NotificationRejected(`The header ${SECRET_HEADER} is missing or wrong`);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
