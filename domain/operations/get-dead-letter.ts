import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { DeadLetter } from './dead-letter.entity.ts';
import { refuseUnlessAdmin } from './list-dead-letters.ts';

/** One job that failed for good, retried or not. Throws DomainError `forbidden`, `not_found`. */
export async function getDeadLetter(
  { em, actor }: Needs<'em' | 'actor'>,
  { id }: { id: string },
): Promise<DeadLetter> {
  refuseUnlessAdmin(actor);
  const letter = await em.fork().findOne(DeadLetter, { id });
  if (!letter) throw new DomainError('not_found', `There is no dead letter ${id}`);
  return letter;
}
