import type { Actor } from '../context.ts';

/**
 * True when the actor may see and change what belongs to `ownerId`. Jobs and authenticated providers may. The holder of
 * an upload token may not: it opens one session (`mayUpload`) and no video.
 */
export function mayAct(actor: Actor, ownerId: string): boolean {
  return actor.kind === 'system' || (actor.kind === 'user' && actor.ownerId === ownerId);
}

/** True when the token's scopes open an upload policy that is not the caller's usual one. */
export function mayNamePolicy({ scopes }: Actor & { kind: 'user' }, policyName: string): boolean {
  return scopes.includes('admin') || scopes.includes(`uploads:${policyName}`);
}

/** True when the actor may work on this session of a video of `ownerId` (R16). */
export function mayUpload(actor: Actor, ownerId: string, sessionId: string): boolean {
  return actor.kind === 'upload' ? actor.sessionId === sessionId : mayAct(actor, ownerId);
}
