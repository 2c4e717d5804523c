import { createHash } from 'node:crypto';
import { DomainError } from './errors.ts';

/**
 * A strong validator of what PATCH can change and of nothing else (R25, RFC 9110 section 8.8.1). Comes with quotes.
 *
 * @param changeable the values that PATCH can change, in a fixed order
 */
export function etagOf(changeable: readonly unknown[]): string {
  const digest = createHash('sha256').update(JSON.stringify(changeable));
  return `"${digest.digest('base64url').slice(0, 22)}"`;
}

/** True when an If-Match header lets a change of `etag` pass (RFC 9110 section 13.1.1). */
export function ifMatchPasses(ifMatch: string, etag: string): boolean {
  return ifMatch.split(',').some((candidate) => ['*', etag].includes(candidate.trim()));
}

/**
 * Throws DomainError `precondition_failed` for a change that somebody made of an older reading.
 *
 * @param ifMatch the header as it came; any change may pass where there is none
 * @param what is changed, as people call it
 */
export function refuseUnlessMatching(ifMatch: string | undefined, etag: string, what: string): void {
  if (ifMatch === undefined || ifMatchPasses(ifMatch, etag)) return;
  throw new DomainError('precondition_failed', `The ${what} was changed by somebody else since you read it`, {
    members: { currentEtag: etag },
  });
}
