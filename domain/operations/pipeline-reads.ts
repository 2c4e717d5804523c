import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { TranscoderName, VersionMaker } from '#providers/transcoders/transcoder.ts';
import { ProviderStanding } from '../transcode/provider-standing.entity.ts';

/** More rows than this nobody reads; the totals count all. */
export const SHOWN_MAX = 100;

export interface QueueDepth {
  readonly task: string;
  /** Due, and not begun. */
  readonly ready: number;
  /** Due later, or put off by a pause. */
  readonly scheduled: number;
  readonly running: number;
  /** Tried before, and tried again. */
  readonly failing: number;
  /** Given up by the queue. */
  readonly failed: number;
  /** How long the oldest one that is due has waited. */
  readonly oldestReadySeconds: number | null;
}

/** One row per task that has jobs. */
export async function queueDepth(read: EntityManager): Promise<QueueDepth[]> {
  const { rows } = await sql<QueueDepth>`
    select task_identifier as task,
      count(*) filter (where left_over and locked_at is null and run_at <= now())::int as ready,
      count(*) filter (where left_over and locked_at is null and run_at > now())::int as scheduled,
      count(*) filter (where locked_at is not null)::int as running,
      count(*) filter (where left_over and attempts > 0 and locked_at is null)::int as failing,
      count(*) filter (where not left_over and locked_at is null)::int as failed,
      extract(epoch from now() - min(run_at) filter (where left_over and locked_at is null and run_at <= now()))::float8
        as "oldestReadySeconds"
    from (select *, attempts < max_attempts as left_over from graphile_worker.jobs) jobs
    group by task_identifier order by task_identifier`.execute(read.getKysely());
  return rows;
}

export interface OpenAttempt {
  readonly jobId: string;
  readonly videoId: string;
  readonly provider: VersionMaker;
  readonly providerJobId: string | null;
  readonly state: 'QUEUED' | 'RUNNING';
  /** 0 to 100 */
  readonly progress: number;
  /** When it began, else when it was made. */
  readonly since: Date;
  /** Until when its worker holds it; null where a provider elsewhere has it, or nobody yet. */
  readonly leaseUntil: Date | null;
}

/** Attempts that were dispatched and have not ended. */
export async function openAttempts(read: EntityManager): Promise<{ shown: OpenAttempt[]; total: number }> {
  const { rows } = await sql<Record<string, string | null> & { total: number }>`
    select id, video_id, provider, provider_job_id, state, progress, coalesce(started_at, created_at) as since,
      lease_until, count(*) over ()::int as total
    from transcode_jobs where state = 'RUNNING' or (state = 'QUEUED' and dispatched_at is not null)
    order by coalesce(started_at, created_at), id limit ${SHOWN_MAX}`.execute(read.getKysely());
  const shown = rows.map((row) => ({
    jobId: row.id ?? '',
    videoId: row.video_id ?? '',
    provider: row.provider as VersionMaker,
    providerJobId: row.provider_job_id ?? null,
    state: row.state as OpenAttempt['state'],
    progress: Number(row.progress),
    since: new Date(row.since ?? 0),
    leaseUntil: row.lease_until ? new Date(row.lease_until) : null,
  }));
  return { shown, total: rows[0]?.total ?? 0 };
}

export interface OwnerWaiting {
  readonly ownerId: string;
  readonly attempts: number;
  readonly oldestSeconds: number;
}

/** Attempts whose turn has not come (R4), or that a pause or a throttle keeps. */
export async function ownersWaiting(read: EntityManager): Promise<{ shown: OwnerWaiting[]; total: number }> {
  const { rows } = await sql<OwnerWaiting & { total: number }>`
    select v.owner_id as "ownerId", count(*)::int as attempts,
      extract(epoch from now() - min(j.created_at))::float8 as "oldestSeconds",
      (sum(count(*)) over ())::int as total
    from transcode_jobs j join videos v on v.id = j.video_id
    where j.state = 'QUEUED' and j.dispatched_at is null
    group by v.owner_id order by count(*) desc, v.owner_id limit ${SHOWN_MAX}`.execute(read.getKysely());
  return {
    shown: rows.map(({ ownerId, attempts, oldestSeconds }) => ({ ownerId, attempts, oldestSeconds })),
    total: rows[0]?.total ?? 0,
  };
}

export interface ProviderState {
  readonly provider: TranscoderName;
  /** Since when it has not answered; null while it does. */
  readonly downSince: Date | null;
  /** Nobody asks it before this. */
  readonly blockedUntil: Date | null;
  readonly problem: string | null;
  readonly detail: string | null;
}

/** Every transcoder that is set up, and whoever has left but is remembered as away. */
export async function providerStates(
  read: EntityManager,
  configured: readonly TranscoderName[],
): Promise<ProviderState[]> {
  const standings = await read.find(ProviderStanding, {});
  const names = new Set([...configured, ...standings.map(({ provider }) => provider)]);
  return [...names].map((provider) => {
    const known = standings.find((standing) => standing.provider === provider);
    return {
      provider,
      downSince: known?.downSince ?? null,
      blockedUntil: known?.blockedUntil ?? null,
      problem: known?.problem ?? null,
      detail: known?.detail ?? null,
    };
  });
}

export interface DeadLetterCount {
  readonly task: string;
  readonly reason: string;
  readonly letters: number;
  readonly oldestSeconds: number;
}

/** Dead letters that nobody has retried. */
export async function deadLettersByReason(read: EntityManager): Promise<DeadLetterCount[]> {
  const { rows } = await sql<DeadLetterCount>`
    select task, reason, count(*)::int as letters,
      extract(epoch from now() - min(created_at))::float8 as "oldestSeconds"
    from dead_letters where retried_at is null
    group by task, reason order by count(*) desc, task, reason limit ${SHOWN_MAX}`.execute(read.getKysely());
  return rows;
}
