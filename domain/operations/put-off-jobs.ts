import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import type { JobName, JobPayloads } from '../jobs.ts';
import { transaction } from '../transaction.ts';
import { readControl } from './read-control.ts';
import { PipelinePaused } from './remove-sources.ts';

/** A job that is due then waits for a resume; nothing else is ever planned so far ahead. */
const PUT_OFF_UNTIL = new Date(Date.UTC(9999, 0, 1));

export interface PutOffJob<N extends JobName> {
  readonly task: N;
  readonly payload: JobPayloads[N];
  /** One such job is kept for each. */
  readonly key: string;
  /** Looked at in the transaction that queues it, for a key that somebody else may have taken meanwhile. Default: yes. */
  readonly isWanted?: (tx: EntityManager) => Promise<boolean>;
}

/**
 * Queues a job that must not run while the pipeline is paused: for the moment of its resume, or for now where that has
 * come meanwhile.
 */
export function putOff<N extends JobName>(
  { em, enqueue }: Needs<'em' | 'enqueue'>,
  { task, payload, key, isWanted = async () => true }: PutOffJob<N>,
): Promise<void> {
  return transaction(em, async (tx) => {
    if (!(await isWanted(tx))) return;
    // The control is locked until the job stands: a resume either comes first, or finds it.
    const { isPaused } = await readControl(tx);
    await enqueue(tx, task, payload, { key, ...(isPaused && { runAt: PUT_OFF_UNTIL }) });
  });
}

/** As `putOff`, for whoever is about to begin. Answers whether the pipeline is paused and the job was put off. */
export async function holdWhilePaused<N extends JobName>(
  context: Needs<'em' | 'enqueue'>,
  job: PutOffJob<N>,
): Promise<boolean> {
  if (!(await readControl(context.em.fork())).isPaused) return false;
  await putOff(context, job);
  return true;
}

/** Does `work`, which removes sources; where the pipeline is paused, before it or in its midst, `job` does so later. */
export async function orPutOff<N extends JobName>(
  context: Needs<'em' | 'enqueue'>,
  job: PutOffJob<N>,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof PipelinePaused)) throw error;
    await putOff(context, job);
  }
}

/** What a resume should have found is found here (R8). */
export function wakeUnlessPaused({ em }: Needs<'em'>): Promise<void> {
  return transaction(em, async (tx) => {
    if (!(await readControl(tx)).isPaused) await wakePutOff(tx);
  });
}

/** Has every job that was put off run now, in the transaction that resumes. Answers how many. */
export async function wakePutOff(tx: EntityManager): Promise<number> {
  const { rows } = await sql<{ woken: string }>`
    select count(*) as woken from graphile_worker.reschedule_jobs(
      array(select id from graphile_worker.jobs where run_at >= ${PUT_OFF_UNTIL.toISOString()}::timestamptz),
      run_at => now())`.execute(tx.getKysely());
  return Number(rows[0]?.woken ?? 0);
}
