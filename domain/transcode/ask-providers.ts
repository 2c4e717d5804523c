import type { Needs } from '../context.ts';
import { isDomainError } from '../errors.ts';
import { transaction } from '../transaction.ts';
import { failAttempt } from './end-attempt.ts';
import { LeaseLost, lockAttempt } from './fence.ts';
import { publishVersion } from './publish-version.ts';
import { detailOf, reasonOf } from './run-attempt.ts';
import { TranscodeJob } from './transcode-job.entity.ts';
import { verifyOutput } from './verify-output.ts';

type Context = Needs<'em' | 'storage' | 'transcoders' | 'enqueue' | 'settings' | 'metrics' | 'log' | 'now'>;

const ATTEMPTS_PER_ROUND = 50;
/** A provider may need a moment until it answers for a job that it has accepted. */
const UNKNOWN_AFTER_SECONDS = 300;

/**
 * Asks the providers that work elsewhere about their attempts, since an event may never come: what they finished is
 * verified and published, what they failed or have forgotten ends (R8). Safe to run by several at once.
 */
export async function askProviders(context: Context): Promise<void> {
  const { em, log } = context;
  const jobs = await em
    .fork()
    .find(
      TranscodeJob,
      { state: 'RUNNING', leaseUntil: null, providerJobId: { $ne: null } },
      { orderBy: { updatedAt: 'asc' }, limit: ATTEMPTS_PER_ROUND },
    );
  for (const job of jobs)
    try {
      await ask(context, job);
    } catch (error) {
      if (error instanceof LeaseLost) continue;
      log.warn({ err: error, jobId: job.id, videoId: job.videoId }, 'provider could not be asked');
    }
}

async function ask(context: Context, job: TranscodeJob): Promise<void> {
  const { em, transcoders, now } = context;
  const status = await transcoders
    .get(job.provider)
    .status({ providerJobId: job.providerJobId ?? '', order: job.order() });
  if (status.state === 'running') {
    const progress = Math.min(99, Math.max(job.progress, status.progressPercent));
    const updatedAt = now();
    await em.fork().nativeUpdate(TranscodeJob, { id: job.id, state: 'RUNNING' }, { progress, updatedAt });
  } else if (status.state === 'succeeded')
    try {
      await verifyOutput(context, job.order(), status.output, job.provider);
      await publishVersion(context, { jobId: job.id, leaseToken: null, output: status.output });
    } catch (error) {
      if (!isDomainError(error, 'output_incomplete')) throw error;
      await end(context, job, error);
    }
  else if (status.state === 'failed') await end(context, job, status.error);
  else if (now().getTime() - (job.startedAt?.getTime() ?? 0) > UNKNOWN_AFTER_SECONDS * 1000)
    await end(context, job, new Error(`The provider says that its job is ${status.state}`));
}

function end(context: Context, job: TranscodeJob, error: unknown): Promise<void> {
  return transaction(context.em, async (tx) => {
    const held = await lockAttempt(tx, job.id, null);
    await failAttempt(context, tx, { ...held, reason: reasonOf(error), detail: detailOf(error) });
  });
}
