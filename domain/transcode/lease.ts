import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { newId } from '../identifiers.ts';

/**
 * Claims a queued attempt, unless a pause or a throttle took it out of the queue again. The clock is the database's, so
 * that two machines agree on when a lease ran out (R6).
 *
 * @returns the lease token, or null when the attempt is not there to be had
 */
export async function claimAttempt(
  em: EntityManager,
  jobId: string,
  leaseSeconds: number,
): Promise<string | null> {
  const token = newId();
  const { numAffectedRows } = await sql`
    update transcode_jobs set state = 'RUNNING', lease_token = ${token}::uuid, started_at = now(), updated_at = now(),
      lease_until = now() + make_interval(secs => ${leaseSeconds})
    where id = ${jobId}::uuid and state = 'QUEUED' and dispatched_at is not null`.execute(em.getKysely());
  return numAffectedRows === 1n ? token : null;
}

/**
 * Renews a lease that has not run out, and stores the progress with it.
 *
 * @returns false when it is not ours any more: whoever held it must stop at once
 */
export async function renewLease(
  em: EntityManager,
  lease: { jobId: string; token: string; leaseSeconds: number; progressPercent: number },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update transcode_jobs set progress = greatest(progress, ${lease.progressPercent.toFixed(2)}::numeric),
      lease_until = now() + make_interval(secs => ${lease.leaseSeconds}), updated_at = now()
    where id = ${lease.jobId}::uuid and state = 'RUNNING' and lease_token = ${lease.token}::uuid
      and lease_until > now()`.execute(em.getKysely());
  return numAffectedRows === 1n;
}
