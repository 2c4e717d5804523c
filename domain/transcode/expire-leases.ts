import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { VersionMaker } from '#providers/transcoders/transcoder.ts';
import type { Needs } from '../context.ts';
import { transaction } from '../transaction.ts';
import { lockVideoRow } from '../video/lock-video.ts';
import { failAttempt, replaceAttempt } from './end-attempt.ts';
import type { Failure } from './failure-of.ts';
import { findAtProvider } from './find-at-provider.ts';
import { isRemote } from './remote-transcoder.ts';
import { TranscodeJob } from './transcode-job.entity.ts';
import { isOpenJob } from './transcode-job-states.ts';

type Context = Needs<'em' | 'storages' | 'transcoders' | 'enqueue' | 'settings' | 'metrics' | 'log' | 'now'>;

/** A source that takes its worker down this often in a row is to blame, and would go on for ever. */
const LOST_IN_A_ROW_MAX = 5;
/** A submission of which nobody can say what became of it is paid for again: less often each time, and not for ever. */
const UNCONFIRMED_IN_A_ROW_MAX = 40;
const UNCONFIRMED_WAIT_SECONDS = { first: 15, max: 600 };
/** A worker that took a job from the queue claims it at once; one that has not after this long is gone. */
const UNCLAIMED_SECONDS = 60;

interface LostAttempt {
  readonly id: string;
  readonly video_id: string;
  readonly provider: VersionMaker;
  /** Its worker was gone in mid-call, or never heard the answer: the provider may have it. */
  readonly was_called: boolean;
}

/**
 * Ends attempts whose worker is gone, and starts each again (R6): the lease ran out, or the queue's job vanished, was
 * given up, or was taken by a worker that never claimed it. A provider that may have it is asked first (R15). Safe to run
 * by several at once.
 *
 * @returns how many attempts were replaced
 */
export async function expireLeases(context: Context): Promise<number> {
  const { rows } = await sql<LostAttempt>`
    select j.id, j.video_id, j.provider, j.lease_until is not null as was_called from transcode_jobs j
    where (j.state in ('QUEUED', 'RUNNING') and j.lease_until < now())
      or (j.state = 'QUEUED' and j.lease_until is null
        and j.dispatched_at < now() - make_interval(secs => ${UNCLAIMED_SECONDS})
        and j.run_at < now() - make_interval(secs => ${UNCLAIMED_SECONDS})
        and not exists (select from graphile_worker.jobs q where q.key = 'transcode:' || j.id
          and ((q.locked_at is null and q.attempts < q.max_attempts) or q.locked_at > now() - make_interval(secs => ${UNCLAIMED_SECONDS}))))
    order by j.created_at limit 100`.execute(context.em.fork().getKysely());
  let replaced = 0;
  for (const row of rows) {
    const isPlaced = row.was_called && isRemote(row.provider) && (await findAtProvider(context, row.id));
    if (!isPlaced && (await expire(context, row))) replaced += 1;
  }
  return replaced;
}

function expire(context: Context, row: LostAttempt): Promise<boolean> {
  return transaction(context.em, async (tx) => {
    const video = await lockVideoRow(tx, row.video_id);
    // Locked: a worker that was stopped may wake and claim it at this moment.
    const lock = { lockMode: LockMode.PESSIMISTIC_WRITE } as const;
    const job = video && (await tx.findOne(TranscodeJob, { id: row.id }, lock));
    if (!video || !job || !isOpenJob(job.state)) return false;
    const leaseOver = await sql<{ over: boolean }>`
      select coalesce(lease_until < now(), state = 'QUEUED') as over from transcode_jobs
      where id = ${job.id}::uuid`.execute(tx.getKysely());
    if (leaseOver.rows[0]?.over !== true) return false;
    const lost = 1 + (await lostBefore(tx, job));
    const lostMax = isRemote(job.provider) ? UNCONFIRMED_IN_A_ROW_MAX : LOST_IN_A_ROW_MAX;
    context.log.warn({ jobId: job.id, videoId: video.id, lost }, 'the worker of an attempt is gone');
    if (lost < lostMax) {
      const runAt = isRemote(job.provider) ? retryAt(context.now(), lost) : context.now();
      await replaceAttempt(context, tx, { job, video, as: 'LOST', runAt });
    } else await failAttempt(context, tx, { job, video, ...blame(job, lost) });
    return true;
  });
}

/** A source that kills our workers is at fault; a provider that confirms nothing is, and another one may do better. */
function blame({ provider }: TranscodeJob, lost: number): Failure {
  return isRemote(provider)
    ? {
        reason: 'TRANSCODE_ERROR',
        detail: `${provider} did not confirm ${lost} submissions in a row`,
        isFinal: true,
      }
    : {
        reason: 'WORKER_LOST',
        detail: `${lost} workers in a row were lost with this source`,
        isFinal: true,
      };
}

/** How many attempts in a row, right before this one, were lost. */
async function lostBefore(tx: EntityManager, job: TranscodeJob): Promise<number> {
  const before = await tx.find(
    TranscodeJob,
    { videoId: job.videoId, id: { $ne: job.id } },
    { orderBy: { createdAt: 'desc', id: 'desc' }, limit: UNCONFIRMED_IN_A_ROW_MAX, fields: ['state'] },
  );
  const other = before.findIndex(({ state }) => state !== 'LOST');
  return other < 0 ? before.length : other;
}

function retryAt(now: Date, lost: number): Date {
  const { first, max } = UNCONFIRMED_WAIT_SECONDS;
  // The first time it was a worker, most likely, that was cut off by a deploy.
  const waitSeconds = lost === 1 ? 0 : Math.min(max, first * 2 ** Math.min(lost - 2, 10));
  return new Date(now.getTime() + waitSeconds * 1000);
}
