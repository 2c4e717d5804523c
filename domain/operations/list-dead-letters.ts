import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { JobName } from '../jobs.ts';
import { DeadLetter } from './dead-letter.entity.ts';

/** Operations are for the admin scope. Throws DomainError `forbidden`. */
export function refuseUnlessAdmin(actor: Needs<'actor'>['actor']): void {
  if (actor.kind === 'user' && !actor.scopes.includes('admin'))
    throw new DomainError('forbidden', 'This needs a token with the admin scope');
}

export interface ListDeadLetters {
  readonly limit: number;
  readonly before?: string;
  readonly reason?: string;
  readonly task?: string;
}

/**
 * Jobs that failed for good and were not retried, newest first.
 *
 * @param limit 1 to 100
 * @param reason only those that ended for this
 * @param task only jobs of this name
 * @param before the id of the last letter of the page before; ids are in order of time
 */
export async function listDeadLetters(
  { em, actor }: Needs<'em' | 'actor'>,
  { limit, before, reason, task }: ListDeadLetters,
): Promise<{ items: DeadLetter[]; nextBefore: string | null }> {
  refuseUnlessAdmin(actor);
  const found = await em.fork().find(
    DeadLetter,
    {
      retriedAt: null,
      ...(before !== undefined && { id: { $lt: before } }),
      ...(reason !== undefined && { reason }),
      ...(task !== undefined && { task: task as JobName }),
    },
    { orderBy: { id: 'desc' }, limit: limit + 1 },
  );
  const items = found.slice(0, limit);
  return { items, nextBefore: found.length > limit ? (items.at(-1)?.id ?? null) : null };
}
