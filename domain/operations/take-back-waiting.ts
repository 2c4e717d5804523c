import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { attemptJobKey } from '../transcode/start-attempt.ts';

/**
 * Takes attempts that were queued but have not begun out of the queue, the newest first, until no more than
 * `maxOpenAttempts` are open. They wait as those do whose turn has not come (R4), and nobody can begin them meanwhile.
 * One that is being begun, handed to a provider, or ended at this very moment is passed over.
 *
 * @returns how many
 */
export async function takeBackWaiting(tx: EntityManager, maxOpenAttempts: number): Promise<number> {
  const db = tx.getKysely();
  const { rows } = await sql<{ id: string }>`
    update transcode_jobs set dispatched_at = null, updated_at = now() where id in (
      select id from transcode_jobs where id in (
        select id from (
          select id, row_number() over (order by (state = 'RUNNING' or lease_token is not null) desc, created_at, id) as place
          from transcode_jobs where state in ('QUEUED', 'RUNNING') and dispatched_at is not null
        ) open where place > ${maxOpenAttempts}
      ) and state = 'QUEUED' and dispatched_at is not null and lease_token is null for update skip locked)
    returning id`.execute(db);
  for (const { id } of rows) await sql`select graphile_worker.remove_job(${attemptJobKey(id)})`.execute(db);
  return rows.length;
}
