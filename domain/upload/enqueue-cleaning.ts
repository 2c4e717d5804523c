import type { EntityManager } from '@mikro-orm/postgresql';
import type { Needs } from '../context.ts';
import { policyNamed } from './accept-source.ts';
import type { UploadSession } from './upload-session.entity.ts';

type Context = Needs<'enqueue' | 'settings' | 'now'>;

/**
 * Has storage cleaned of what an ended session left there: now, and once more when its last URL has died, because a PUT
 * that was under way may land after the first cleaning.
 *
 * @param stagedOnly leaves the source alone, as `cleanSession` has it
 */
export async function enqueueCleaning(
  { enqueue, settings, now }: Context,
  tx: EntityManager,
  session: Pick<UploadSession, 'id' | 'policy'>,
  { stagedOnly = false }: { stagedOnly?: boolean } = {},
): Promise<void> {
  const payload = { sessionId: session.id, ...(stagedOnly && { stagedOnly }) };
  await enqueue(tx, 'clean-session', payload);
  const { urlTtlSeconds } = policyNamed(settings.policies, session.policy);
  const runAt = new Date(now().getTime() + (urlTtlSeconds + 60) * 1000);
  await enqueue(tx, 'clean-session', payload, { runAt });
}
