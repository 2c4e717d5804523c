import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import { transaction } from '../transaction.ts';
import { dispatchWaiting } from '../transcode/start-attempt.ts';
import { refuseUnlessAdmin } from './list-dead-letters.ts';
import { operatorName } from './operator-name.ts';
import { wakePutOff } from './put-off-jobs.ts';

export interface ResumedPipeline {
  /** False when it was not paused: then only a throttle may have gone. */
  readonly wasPaused: boolean;
  /** How many attempts may be open at once from now on; null for as many as the workers take. */
  readonly maxOpenAttempts: number | null;
  /** Probes and removals that had been put off and run now. */
  readonly woken: number;
}

/**
 * Takes up work again: the next attempts are queued at once, and what was put off runs. Clears the throttle too, unless it
 * is to be kept. Twice is once. Throws DomainError `forbidden`.
 */
export async function resumePipeline(
  context: Needs<'em' | 'actor' | 'enqueue' | 'settings' | 'log' | 'now'>,
  { keepThrottle = false }: { keepThrottle?: boolean | undefined } = {},
): Promise<ResumedPipeline> {
  const { em, actor, log } = context;
  refuseUnlessAdmin(actor);
  const by = operatorName(actor);
  const resumed = await transaction(em, async (tx) => {
    const { rows } = await sql<{ was_paused: boolean; max_open_attempts: number | null }>`
      update pipeline_control c set paused_at = null, reason = null, updated_at = now(), ordered_by = ${by},
        max_open_attempts = case when ${keepThrottle} then c.max_open_attempts end
      from (select paused_at from pipeline_control where id = 1 for update) before
      where c.id = 1 returning before.paused_at is not null as was_paused, c.max_open_attempts`.execute(
      tx.getKysely(),
    );
    const [row] = rows;
    if (!row) throw new Error('pipeline_control has lost its row');
    return {
      wasPaused: row.was_paused,
      maxOpenAttempts: row.max_open_attempts,
      woken: await wakePutOff(tx),
    };
  });
  // By itself: whoever dispatches takes his own lock first, and then the row's.
  await transaction(em, (tx) => dispatchWaiting(context, tx));
  log.warn({ ...resumed, by }, 'the pipeline goes on');
  return resumed;
}
