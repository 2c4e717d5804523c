import { type RawBuilder, sql } from 'kysely';
import type { Needs } from '../context.ts';

type Context = Needs<'em' | 'settings' | 'now'>;

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;
/** Rows go in so many statements of so many, so that none holds many locks for long. */
const BATCH_ROWS = 5000;
const BATCHES_MAX = 20;

/** Removes rows whose time is over. Answers how many of each kind went; what a round leaves, the next one takes. */
export async function sweepRows(context: Context): Promise<Record<string, number>> {
  const { settings } = context;
  const before = (seconds: number): RawBuilder<Date> =>
    sql`${new Date(context.now().getTime() - seconds * 1000).toISOString()}::timestamptz`;
  const expired: Record<string, RawBuilder<unknown>> = {
    idempotency_keys: sql`created_at < ${before(settings.idempotencyTtlSeconds)}`,
    // The limit looks an hour back; the second one is for clocks that differ.
    upload_starts: sql`created_at < ${before(2 * HOUR_SECONDS)}`,
    upload_grants: sql`expires_at < ${before(0)}`,
    upload_locks: sql`locked_until < ${before(HOUR_SECONDS)}`,
    provider_events: sql`processed_at < ${before(30 * DAY_SECONDS)}`,
  };
  const swept: Record<string, number> = {};
  for (const [table, condition] of Object.entries(expired))
    swept[table] = await removeWhere(context, sql.table(table), condition);
  swept.failed_jobs = await removeFailedJobs(context, before(30 * DAY_SECONDS));
  return swept;
}

async function removeWhere(
  { em }: Context,
  table: RawBuilder<unknown>,
  condition: RawBuilder<unknown>,
): Promise<number> {
  let removed = 0;
  for (let batch = 0; batch < BATCHES_MAX; batch += 1) {
    const { numAffectedRows = 0n } = await sql`delete from ${table}
      where ctid = any(array(select ctid from ${table} where ${condition} limit ${BATCH_ROWS}))`.execute(
      em.getKysely(),
    );
    removed += Number(numAffectedRows);
    if (numAffectedRows < BATCH_ROWS) break;
  }
  return removed;
}

/**
 * Jobs that the queue has given up and keeps for ever. Only those that stand among the dead letters: there an operator
 * finds them and runs them again; any other is the only trace of its failure.
 */
async function removeFailedJobs({ em }: Context, before: RawBuilder<Date>): Promise<number> {
  // The payload is in no view of graphile-worker's.
  const { rows } = await sql<{ removed: string }>`
    select count(*) as removed from graphile_worker.complete_jobs(array(
      select j.id from graphile_worker._private_jobs j
        join graphile_worker._private_tasks t on t.id = j.task_id
      where j.attempts >= j.max_attempts and j.locked_at is null and j.updated_at < ${before}
        and exists (select from dead_letters d where d.task = t.identifier and d.payload = j.payload::jsonb)
      limit ${BATCH_ROWS}))`.execute(em.getKysely());
  return Number(rows[0]?.removed ?? 0);
}
