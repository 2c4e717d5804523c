import type { EntityManager } from '@mikro-orm/postgresql';
import type { Needs } from '../context.ts';
import type { JobName, JobPayloads } from '../jobs.ts';
import { DeadLetter } from './dead-letter.entity.ts';

/** Keeps a job that failed for good, in the transaction that gave it up. */
export async function recordDeadLetter<N extends JobName>(
  { metrics, log }: Needs<'metrics' | 'log'>,
  tx: EntityManager,
  letter: { task: N; payload: JobPayloads[N]; videoId: string | null; reason: string; detail: string },
): Promise<void> {
  tx.create(DeadLetter, { ...letter, payload: { ...letter.payload } });
  await tx.flush();
  metrics.deadLetter(letter.task);
  log.warn(
    { task: letter.task, videoId: letter.videoId, reason: letter.reason, detail: letter.detail },
    'dead letter',
  );
}
