import type { Actor } from '../context.ts';

const NAME_MAX_CHARACTERS = 200;

/** Who gives an order, for the record: the subject of a token, or who sits at the command line. Null for the platform itself. */
export function operatorName(actor: Actor): string | null {
  const name = actor.kind === 'user' ? (actor.subject ?? actor.ownerId) : operatorAtTerminal(actor);
  return name?.slice(0, NAME_MAX_CHARACTERS) ?? null;
}

function operatorAtTerminal(actor: Exclude<Actor, { kind: 'user' }>): string | undefined {
  return actor.kind === 'system' ? actor.operator : undefined;
}
