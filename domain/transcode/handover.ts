import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { newId } from '../identifiers.ts';

/** How long a call that hands an attempt over may take at most; later the provider is asked whether it has it. */
const HANDOVER_SECONDS = 120;
/** How long an attempt is left alone whose submission may have been accepted without our hearing so. */
const MAYBE_ACCEPTED_SECONDS = 300;

/**
 * Claims a queued attempt for the call that hands it to its provider. It stays QUEUED until the provider may have it, so
 * that an attempt which the provider could not take simply waits on. A claim that has run out is nobody's to take: what
 * became of the call must be found out first.
 *
 * @returns the token of the claim, or null when the attempt is not there to be had
 */
export async function claimHandover(em: EntityManager, jobId: string): Promise<string | null> {
  const token = newId();
  const { numAffectedRows } = await sql`
    update transcode_jobs set lease_token = ${token}::uuid, updated_at = now(),
      lease_until = now() + make_interval(secs => ${HANDOVER_SECONDS})
    where id = ${jobId}::uuid and state = 'QUEUED' and lease_token is null and dispatched_at is not null`.execute(
    em.fork().getKysely(),
  );
  return numAffectedRows === 1n ? token : null;
}

/** The provider did not take it: the attempt waits as it is until it is dispatched again. */
export async function releaseHandover(em: EntityManager, jobId: string, token: string | null): Promise<void> {
  await sql`
    update transcode_jobs set dispatched_at = null, lease_token = null, lease_until = null, updated_at = now()
    where id = ${jobId}::uuid and state = 'QUEUED' and lease_token is not distinct from ${token}::uuid`.execute(
    em.fork().getKysely(),
  );
}

/** The provider may have it: the attempt runs until a webhook names it, or its time is over and the provider is asked. */
export async function leaveUnconfirmed(em: EntityManager, jobId: string, token: string): Promise<void> {
  await sql`
    update transcode_jobs set state = 'RUNNING', started_at = now(), updated_at = now(),
      lease_until = now() + make_interval(secs => ${MAYBE_ACCEPTED_SECONDS})
    where id = ${jobId}::uuid and state = 'QUEUED' and lease_token = ${token}::uuid`.execute(
    em.fork().getKysely(),
  );
}

/** What an attempt is known as at its provider, after somebody has learnt it. */
export interface Adoption {
  /** The provider's id that the attempt has now; the one given, unless it had another. Null: no such attempt. */
  readonly providerJobId: string | null;
  readonly isOpen: boolean;
}

/**
 * Writes down under which id a provider has an attempt, unless one is known: after a submission, by a webhook that names
 * it, or because the provider was asked (R15). An open attempt runs from then on; one that has ended is canceled by it.
 */
export async function adoptSubmission(
  em: EntityManager,
  { jobId, provider, providerJobId }: { jobId: string; provider: string; providerJobId: string },
): Promise<Adoption> {
  const { rows } = await sql<{ provider_job_id: string; state: string }>`
    update transcode_jobs set
      provider_job_id = coalesce(provider_job_id, ${providerJobId}),
      state = case when state = 'QUEUED' then 'RUNNING' else state end,
      started_at = case when state = 'QUEUED' then now() else started_at end,
      dispatched_at = coalesce(dispatched_at, now()),
      lease_token = null, lease_until = null, updated_at = now()
    where id = ${jobId}::uuid and provider = ${provider}
    returning provider_job_id, state`.execute(em.fork().getKysely());
  const [row] = rows;
  return { providerJobId: row?.provider_job_id ?? null, isOpen: row?.state === 'RUNNING' };
}
