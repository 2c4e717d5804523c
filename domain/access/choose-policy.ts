import type { Actor } from '../context.ts';
import { DomainError } from '../errors.ts';

/** Clients of no contract in particular are judged by this one. */
const USUAL_POLICY = 'direct';

/**
 * The upload policy of a caller who may name one: `direct` for everybody, another with the scope `admin` or
 * `uploads:<name>`. Throws DomainError `forbidden`.
 */
export function choosePolicy(actor: Actor & { kind: 'user' }, wanted: string = USUAL_POLICY): string {
  const mayChoose = actor.scopes.includes('admin') || actor.scopes.includes(`uploads:${wanted}`);
  if (wanted === USUAL_POLICY || mayChoose) return wanted;
  throw new DomainError('forbidden', `The policy ${wanted} needs the scope admin or uploads:${wanted}`);
}
