import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { TranscoderName, VersionMaker } from '#providers/transcoders/transcoder.ts';
import type { Needs } from '../context.ts';
import { newVersion } from '../identifiers.ts';
import { readControl } from '../operations/read-control.ts';
import { versionPrefix } from '../storage-keys.ts';
import { TranscodeJob, type TranscodePlan } from './transcode-job.entity.ts';

/** Any constant: dispatching is done by one at a time, so that an owner's limit holds. */
const DISPATCH_LOCK = 7_214_002;

/** How the queue knows the job of an attempt. */
export function attemptJobKey(jobId: string): string {
  return `transcode:${jobId}`;
}

export interface AttemptToStart {
  readonly videoId: string;
  readonly provider: VersionMaker;
  readonly plan: TranscodePlan;
  readonly failedBefore: number;
  /** How many of its predecessors this provider has forgotten. */
  readonly forgottenBefore?: number;
  readonly runAt?: Date;
  /** The transcoder that failed for good before; then this one is the fallback. */
  readonly fallbackFrom?: TranscoderName;
  /** The request to transcode again that it serves. */
  readonly requestId?: string;
  /** Smaller goes first. Default 0. */
  readonly priority?: number;
}

/** A new attempt, in the transaction that decided on it. Its output prefix was never used and never will be (R6). */
export async function startAttempt(
  context: Needs<'enqueue' | 'settings' | 'now'>,
  tx: EntityManager,
  attempt: AttemptToStart,
): Promise<TranscodeJob> {
  const version = newVersion();
  const job = tx.create(TranscodeJob, {
    ...attempt,
    runAt: attempt.runAt ?? context.now(),
    version,
    outputPrefix: versionPrefix(attempt.videoId, version),
  });
  await tx.flush();
  await dispatchWaiting(context, tx);
  return job;
}

/**
 * Queues attempts that wait because their owner has too many open (R4), by priority, then whoever has waited longest;
 * none while the pipeline is paused, and only so many as a throttle allows. None for a transcoder that is away, and one when it is
 * time to try whether it is back (R8). Called whenever an attempt begins or ends.
 */
export async function dispatchWaiting(
  { enqueue, settings, now }: Needs<'enqueue' | 'settings' | 'now'>,
  tx: EntityManager,
): Promise<void> {
  const db = tx.getKysely();
  await sql`select pg_advisory_xact_lock(${DISPATCH_LOCK})`.execute(db);
  const control = await readControl(tx);
  if (control.isPaused) return;
  const at = now().toISOString();
  const { rows } = await sql<{ id: string; provider: VersionMaker; priority: number; run_at_ms: string }>`
    select id, provider, priority, extract(epoch from run_at) * 1000 as run_at_ms from (
      select waiting.*, s.provider is not null as is_away,
        row_number() over (partition by waiting.provider order by waiting.priority, waiting.run_at, waiting.id) as turn
      from (
        select j.id, j.provider, j.priority, j.run_at, j.created_at,
          row_number() over (partition by v.owner_id order by j.priority, j.created_at, j.id) as place,
          (select count(*) from transcode_jobs o join videos ov on ov.id = o.video_id
            where ov.owner_id = v.owner_id and o.state in ('QUEUED', 'RUNNING') and o.dispatched_at is not null) as open
        from transcode_jobs j join videos v on v.id = j.video_id
        where j.state = 'QUEUED' and j.dispatched_at is null
          and not exists (select from provider_standings b where b.provider = j.provider
            and (b.blocked_until > ${at}::timestamptz or exists (select from transcode_jobs d
              where d.provider = j.provider and d.state = 'QUEUED' and d.dispatched_at is not null)))
      ) waiting left join provider_standings s on s.provider = waiting.provider
      where place + open <= ${settings.maxActiveJobsPerOwner}
    ) next where not is_away or turn = 1 order by priority, created_at, id
    limit ${await freePlaces(tx, control.maxOpenAttempts)}`.execute(db);
  for (const row of rows) {
    // A locked one is being ended by somebody who may wait for this very lock: left to him and to the next round.
    const { numAffectedRows } = await sql`
      update transcode_jobs set dispatched_at = ${at}::timestamptz where id in (
        select id from transcode_jobs where id = ${row.id}::uuid and state = 'QUEUED' and dispatched_at is null
        for update skip locked)`.execute(db);
    if (numAffectedRows === 0n) continue;
    await enqueue(
      tx,
      row.provider === 'ffmpeg' ? 'transcode' : 'submit-transcode',
      { jobId: row.id },
      {
        key: attemptJobKey(row.id),
        runAt: new Date(Number(row.run_at_ms)),
        maxAttempts: 1,
        priority: row.priority,
      },
    );
  }
}

/** How many attempts may be queued now under a throttle; null for any number. */
async function freePlaces(tx: EntityManager, maxOpenAttempts: number | null): Promise<number | null> {
  if (maxOpenAttempts === null) return null;
  const { rows } = await sql<{ open: string }>`
    select count(*) as open from transcode_jobs
    where state in ('QUEUED', 'RUNNING') and dispatched_at is not null`.execute(tx.getKysely());
  return Math.max(0, maxOpenAttempts - Number(rows[0]?.open ?? 0));
}
