import { hash } from 'node:crypto';
import type { Identity } from '#bootstrap/platform.ts';

/** How long a token that was found good is believed without looking again. */
const BELIEVED_MS = 10_000;
/** Callers that ask often at the same time; one more pushes the oldest out. */
const TOKENS_MAX = 5000;

interface Verified {
  readonly identity: Identity;
  readonly untilMs: number;
}

/**
 * The same check, with what it said remembered for ten seconds and never beyond the token's own `exp`: a client polls
 * and signs parts with one token, and looking at its signature costs as much as the database. Refusals are not
 * remembered, nor is the token itself, only its digest.
 */
export function rememberVerified(
  verify: (token: string) => Promise<Identity>,
  nowMs: () => number = Date.now,
): (token: string) => Promise<Identity> {
  const known = new Map<string, Verified>();
  return async (token) => {
    const digest = hash('sha256', token, 'base64');
    const found = known.get(digest);
    if (found && found.untilMs > nowMs()) return found.identity;
    const identity = await verify(token);
    known.delete(digest);
    known.set(digest, { identity, untilMs: Math.min(nowMs() + BELIEVED_MS, expiryMs(token)) });
    const [oldest] = known.keys();
    if (known.size > TOKENS_MAX && oldest !== undefined) known.delete(oldest);
    return identity;
  };
}

/** Of a JWT whose signature holds. Milliseconds since 1970; 0, which is never believed, where it says none. */
function expiryMs(token: string): number {
  try {
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    return Number.isFinite(claims.exp) ? claims.exp * 1000 : 0;
  } catch {
    return 0;
  }
}
