import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import { transaction } from '../transaction.ts';
import { lockVideoRow } from '../video/lock-video.ts';
import { failAttempt, replaceAttempt } from './end-attempt.ts';
import { TranscodeJob } from './transcode-job.entity.ts';

type Context = Needs<'em' | 'transcoders' | 'enqueue' | 'settings' | 'metrics' | 'log' | 'now'>;

/** A source that takes its worker down this often in a row is to blame, and would go on for ever. */
const LOST_IN_A_ROW_MAX = 5;
/** A worker that took a job from the queue claims it at once; one that has not after this long is gone. */
const UNCLAIMED_SECONDS = 60;

/**
 * Ends attempts whose worker is gone, and starts each again (R6): the lease ran out, or the queue's job vanished, was
 * given up, or was taken by a worker that never claimed it. Safe to run by several at once.
 *
 * @returns how many attempts were replaced
 */
export async function expireLeases(context: Context): Promise<number> {
  const { rows } = await sql<{ id: string; video_id: string }>`
    select j.id, j.video_id from transcode_jobs j
    where (j.state = 'RUNNING' and j.lease_until < now())
      or (j.state = 'QUEUED' and j.dispatched_at < now() - make_interval(secs => ${UNCLAIMED_SECONDS})
        and j.run_at < now() - make_interval(secs => ${UNCLAIMED_SECONDS})
        and not exists (select from graphile_worker.jobs q where q.key = 'transcode:' || j.id
          and ((q.locked_at is null and q.attempts < q.max_attempts) or q.locked_at > now() - make_interval(secs => ${UNCLAIMED_SECONDS}))))
    order by j.created_at limit 100`.execute(context.em.fork().getKysely());
  let replaced = 0;
  for (const row of rows) if (await expire(context, row)) replaced += 1;
  return replaced;
}

function expire(context: Context, row: { id: string; video_id: string }): Promise<boolean> {
  return transaction(context.em, async (tx) => {
    const video = await lockVideoRow(tx, row.video_id);
    const job = video && (await tx.findOne(TranscodeJob, { id: row.id }));
    if (!video || !job) return false;
    const leaseOver = await sql<{ over: boolean }>`
      select state = 'QUEUED' or lease_until < now() as over from transcode_jobs where id = ${job.id}::uuid`.execute(
      tx.getKysely(),
    );
    const open = job.state === 'RUNNING' || job.state === 'QUEUED';
    if (!open || leaseOver.rows[0]?.over !== true) return false;
    const before = await tx.find(
      TranscodeJob,
      { videoId: video.id, id: { $ne: job.id } },
      { orderBy: { createdAt: 'desc', id: 'desc' }, limit: LOST_IN_A_ROW_MAX - 1 },
    );
    const poisoned =
      before.length === LOST_IN_A_ROW_MAX - 1 && before.every((other) => other.state === 'LOST');
    context.log.warn({ jobId: job.id, videoId: video.id, poisoned }, 'the worker of an attempt is gone');
    if (poisoned) {
      const detail = `${LOST_IN_A_ROW_MAX} workers in a row were lost with this source`;
      await failAttempt(context, tx, { job, video, reason: 'WORKER_LOST', detail });
    } else await replaceAttempt(context, tx, { job, video, as: 'LOST' });
    return true;
  });
}
