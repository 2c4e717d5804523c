import type { EntityManager } from '@mikro-orm/postgresql';
import type {
  Submission,
  SubmittedJob,
  TranscodeOrder,
  TranscodeOutput,
  Transcoder,
  VersionMaker,
} from '#providers/transcoders/transcoder.ts';
import type { Needs } from '../context.ts';
import { transaction } from '../transaction.ts';
import { failAttempt, replaceAttempt } from './end-attempt.ts';
import { failureOf } from './failure-of.ts';
import { LeaseLost, lockAttempt } from './fence.ts';
import { holdLease } from './hold-lease.ts';
import { claimAttempt } from './lease.ts';
import { publishVersion } from './publish-version.ts';
import { isRemote } from './remote-transcoder.ts';
import { attemptJobKey } from './start-attempt.ts';
import { isStorageAway, outageOf } from './storage-outage.ts';
import { TranscodeJob } from './transcode-job.entity.ts';
import { verifyOutput } from './verify-output.ts';

export type AttemptContext = Needs<
  'em' | 'storage' | 'storages' | 'transcoders' | 'enqueue' | 'settings' | 'metrics' | 'log' | 'now'
>;

/**
 * Runs one attempt in this process, under a lease. Every end is written by whoever holds the attempt at that moment; one
 * who lost it writes nothing.
 *
 * @param handBack fires when this worker is told to stop: the attempt starts again elsewhere, uncounted (R7)
 */
export async function runAttempt(
  context: AttemptContext,
  { jobId }: { jobId: string },
  handBack: AbortSignal,
): Promise<void> {
  const { em, transcoders, settings, log } = context;
  if (await isForElsewhere(em, jobId)) return putBack(context, jobId, 'submit-transcode');
  if (handBack.aborted) return putBack(context, jobId);
  const token = await claimAttempt(em, jobId, settings.leaseDeadSeconds);
  if (token === null) return;
  const job = await em.fork().findOneOrFail(TranscodeJob, { id: jobId });
  const transcoder = transcoders.get(job.provider);
  try {
    const order = job.order();
    const submission = await transcoder.submit(order);
    const { done } = submission;
    if (!done) throw new Error(`The transcoder ${job.provider} does not work in this process`);
    await underLease(context, { job, order, token, transcoder, submission, handBack }, async () => {
      await finish(context, job, token, await done);
    });
  } catch (error) {
    if (error instanceof LeaseLost) log.warn({ jobId, videoId: job.videoId }, error.message);
    else await end(context, { job, token, error, handedBack: handBack.aborted });
  }
}

/** Releases that knew our FFmpeg alone queue every attempt as an encode, and work beside this one during a deploy. */
async function isForElsewhere(em: EntityManager, jobId: string): Promise<boolean> {
  const [attempt] = await em
    .fork()
    .execute<{ provider: VersionMaker }[]>('select provider from transcode_jobs where id = ?', [jobId]);
  return attempt !== undefined && isRemote(attempt.provider);
}

/** A worker that stops had taken it from the queue: it goes back as it is, a little later than that worker looks. */
function putBack(
  { em, enqueue, now }: AttemptContext,
  jobId: string,
  task: 'transcode' | 'submit-transcode' = 'transcode',
): Promise<void> {
  const runAt = new Date(now().getTime() + 1000);
  return transaction(em, (tx) =>
    enqueue(tx, task, { jobId }, { key: attemptJobKey(jobId), runAt, maxAttempts: 1 }),
  );
}

/** What is encoded is verified in storage, then published, by whoever still holds the attempt. */
async function finish(
  context: AttemptContext,
  job: TranscodeJob,
  leaseToken: string,
  output: TranscodeOutput,
): Promise<void> {
  const { metrics, now } = context;
  const encodedAt = now().getTime();
  await verifyOutput(context, job.order(), output, job.provider);
  const verifiedAt = now().getTime();
  metrics.stageSeconds('verify', (verifiedAt - encodedAt) / 1000);
  await publishVersion(context, { jobId: job.id, leaseToken, output });
  metrics.stageSeconds('publish', (now().getTime() - verifiedAt) / 1000);
}

/** Waits for the work while the lease is kept, and stops it when the lease is lost or the worker must go. */
async function underLease(
  context: AttemptContext,
  held: {
    job: TranscodeJob;
    order: TranscodeOrder;
    token: string;
    transcoder: Transcoder;
    submission: Submission;
    handBack: AbortSignal;
  },
  work: () => Promise<void>,
): Promise<void> {
  const { job, order, token, transcoder, submission, handBack } = held;
  const lease = holdLease(context, {
    jobId: job.id,
    token,
    progress: () => progressOf(transcoder, { providerJobId: submission.providerJobId, order }),
  });
  const stop = Promise.withResolvers<never>();
  const onHandBack = () => stop.reject(new Error('The worker was told to stop'));
  handBack.addEventListener('abort', onHandBack, { once: true });
  if (handBack.aborted) onHandBack();
  lease.lost.then((reason) => stop.reject(reason));
  const working = work();
  // Whichever loses the race has nobody else to take its rejection.
  working.catch(() => undefined);
  stop.promise.catch(() => undefined);
  try {
    await Promise.race([working, stop.promise]);
  } catch (error) {
    await transcoder.cancel(submission.providerJobId);
    throw error;
  } finally {
    handBack.removeEventListener('abort', onHandBack);
    lease.release();
  }
}

async function progressOf(transcoder: Transcoder, submitted: SubmittedJob): Promise<number> {
  const status = await transcoder.status(submitted);
  return status.state === 'running' ? status.progressPercent : 0;
}

async function end(
  context: AttemptContext,
  {
    job,
    token,
    error,
    handedBack,
  }: { job: TranscodeJob; token: string; error: unknown; handedBack: boolean },
): Promise<void> {
  const { em, log } = context;
  try {
    await transaction(em, async (tx) => {
      const held = await lockAttempt(tx, job.id, token);
      if (handedBack) return replaceAttempt(context, tx, { ...held, as: 'HANDED_BACK' });
      const outage = isStorageAway(error) ? await outageOf(context, tx, held.job) : null;
      if (outage) return replaceAttempt(context, tx, { ...held, as: 'HANDED_BACK', ...outage });
      return failAttempt(context, tx, { ...held, ...failureOf(error) });
    });
    log.warn({ err: error, jobId: job.id, videoId: job.videoId, handedBack }, 'attempt ended');
  } catch (second) {
    if (!(second instanceof LeaseLost)) throw second;
    log.warn({ jobId: job.id, videoId: job.videoId }, second.message);
  }
}
