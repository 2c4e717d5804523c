import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import { transaction } from '../transaction.ts';
import { handBackRunning } from './hand-back-running.ts';
import { refuseUnlessAdmin } from './list-dead-letters.ts';
import { operatorName } from './operator-name.ts';
import { removalsUnderWay } from './remove-sources.ts';
import { takeBackWaiting } from './take-back-waiting.ts';

export interface PausePipeline {
  /** Why, for whoever looks at the standing later. */
  readonly reason?: string | undefined;
  /** Also stops what our own workers encode: it starts anew after the resume, uncounted (R7). */
  readonly handBack?: boolean | undefined;
}

export interface PausedPipeline {
  /** Since when; the first time, where it was paused already. */
  readonly pausedAt: Date;
  readonly wasPaused: boolean;
  readonly reason: string | null;
  /** Attempts that were queued and wait again, none of which has begun. */
  readonly takenBack: number;
  /** Videos whose encodes were handed back. */
  readonly handedBack: readonly string[];
  /** Attempts that were at work at this moment and go on. They may still publish; freezing them is what stops them. */
  readonly stillRunning: number;
  /** True when a removal of a source that began before the pause had not ended after half a minute. */
  readonly removalsUnderWay: boolean;
}

/**
 * Stops the consumption of the transcoding queue: no attempt begins, no source is looked at, and nothing is removed from
 * the source bucket, until `resumePipeline`. From the commit on; whoever removes a source at that moment is waited for.
 * Twice is once. Throws DomainError `forbidden`.
 */
export async function pausePipeline(
  context: Needs<
    'em' | 'actor' | 'storages' | 'transcoders' | 'enqueue' | 'settings' | 'metrics' | 'log' | 'now'
  >,
  { reason, handBack = false }: PausePipeline,
): Promise<PausedPipeline> {
  const { em, actor, log, now } = context;
  refuseUnlessAdmin(actor);
  const at = now().toISOString();
  const by = operatorName(actor);
  const paused = await transaction(em, async (tx) => {
    const db = tx.getKysely();
    // By the row's lock one pause or resume follows the other.
    const before = await sql<{ paused_at: Date | null }>`
      select paused_at from pipeline_control where id = 1 for update`.execute(db);
    const { rows } = await sql<{ paused_at: Date | string; reason: string | null }>`
      update pipeline_control set paused_at = coalesce(paused_at, ${at}::timestamptz), updated_at = now(),
        ordered_by = ${by}, reason = coalesce(${reason ?? null}::text, reason) where id = 1 returning paused_at, reason`.execute(
      db,
    );
    const [row] = rows;
    if (!row) throw new Error('pipeline_control has lost its row');
    return {
      pausedAt: new Date(row.paused_at),
      reason: row.reason,
      wasPaused: before.rows[0]?.paused_at != null,
      takenBack: await takeBackWaiting(tx, 0),
    };
  });
  const handedBack = handBack ? await handBackRunning(context) : [];
  const { rows: running } = await sql<{ attempts: string }>`
    select count(*) as attempts from transcode_jobs
    where state = 'RUNNING' or (state = 'QUEUED' and lease_token is not null)`.execute(em.fork().getKysely());
  const result = {
    ...paused,
    handedBack,
    stillRunning: Number(running[0]?.attempts ?? 0),
    removalsUnderWay: await removalsUnderWay(em),
  };
  log.warn({ ...result, by, handedBack: handedBack.length }, 'the pipeline is paused');
  return result;
}
