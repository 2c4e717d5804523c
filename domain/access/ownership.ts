import type { Actor } from '../context.ts';

/** True when the actor may see and change what belongs to `ownerId`. Jobs and authenticated providers may. */
export function mayAct(actor: Actor, ownerId: string): boolean {
  return actor.kind === 'system' || actor.ownerId === ownerId;
}
