import type { EntityManager } from '@mikro-orm/postgresql';
import { isStorageError } from '#providers/storage/storage-errors.ts';
import type { RemoteTranscoderName, TranscodeOutput } from '#providers/transcoders/transcoder.ts';
import type { Needs } from '../context.ts';
import { isDomainError } from '../errors.ts';
import { transaction } from '../transaction.ts';
import { failAttempt, replaceAttempt } from './end-attempt.ts';
import { type Failure, failureOf } from './failure-of.ts';
import { lockAttempt } from './fence.ts';
import { publishVersion } from './publish-version.ts';
import { remoteTranscoder } from './remote-transcoder.ts';
import type { TranscodeJob } from './transcode-job.entity.ts';
import { verifyOutput } from './verify-output.ts';

export type AskContext = Needs<
  'em' | 'storage' | 'storages' | 'transcoders' | 'enqueue' | 'settings' | 'metrics' | 'log' | 'now'
>;

/** What has to be written exactly when the attempt's state moves; both rows are locked. */
export type Alongside = (tx: EntityManager, outcome: string) => Promise<unknown>;

/** A provider may need a moment until it answers for a job that it has accepted. */
const UNKNOWN_AFTER_SECONDS = 300;

/** An attempt that its provider has taken. */
export type HandedOver = TranscodeJob & {
  readonly provider: RemoteTranscoderName;
  readonly providerJobId: string;
};

/**
 * Asks a provider how one attempt stands, and does what follows: progress is kept, what was finished is verified in
 * storage and published, what failed, ran too long, was canceled or forgotten ends. Repeatable, by several at once.
 *
 * @param alongside not called while the attempt goes on
 * @returns what came of it, in a word or two
 * Throws TranscoderUnavailable, LeaseLost when the attempt has ended meanwhile, StorageError when the outputs cannot be
 * read right now; those that cannot be read at all fail the attempt once its time is over.
 */
export async function askAttempt(
  context: AskContext,
  job: HandedOver,
  alongside: Alongside = async () => undefined,
): Promise<'running' | 'published' | 'failed' | 'replaced'> {
  const runsSeconds = (context.now().getTime() - (job.startedAt ?? job.createdAt).getTime()) / 1000;
  const { providerTimeoutSeconds } = context.settings;
  try {
    return await followStatus(context, job, alongside, runsSeconds);
  } catch (error) {
    // Storage that is away comes back; what it refuses to us for as long as a job may take is not ours to read.
    if (!isStorageError(error) || error.code === 'unavailable' || runsSeconds <= providerTimeoutSeconds)
      throw error;
    const detail = `What ${job.provider} made cannot be read: ${error.message}`;
    return fail(context, job, failure(detail), alongside);
  }
}

async function followStatus(
  context: AskContext,
  job: HandedOver,
  alongside: Alongside,
  runsSeconds: number,
): Promise<'running' | 'published' | 'failed' | 'replaced'> {
  const transcoder = remoteTranscoder(context.transcoders, job.provider);
  const status = await transcoder.status({ providerJobId: job.providerJobId, order: job.order() });
  if (status.state === 'succeeded') return publish(context, job, status.output, alongside);
  if (status.state === 'failed') return fail(context, job, failureOf(status.error), alongside);
  if (status.state === 'canceled')
    return fail(context, job, failure(`Somebody canceled the job at ${job.provider}`), alongside);
  if (status.state === 'unknown')
    return runsSeconds > UNKNOWN_AFTER_SECONDS ? forgotten(context, job, alongside) : 'running';
  const { providerTimeoutSeconds } = context.settings;
  if (runsSeconds > providerTimeoutSeconds) {
    const detail = `${job.provider} has called it running for more than ${providerTimeoutSeconds} s`;
    return fail(context, job, { ...failure(detail), reason: 'TRANSCODE_TIMEOUT' }, alongside);
  }
  await keepProgress(context.em.fork(), job.id, status.progressPercent);
  return 'running';
}

/**
 * Progress never goes back, and only what is published is whole.
 *
 * @param heardAt when the provider told so of itself, which makes the next question later
 */
export async function keepProgress(
  em: EntityManager,
  jobId: string,
  percent: number,
  heardAt: Date | null = null,
): Promise<void> {
  const shown = Math.min(99, Math.max(0, percent)).toFixed(2);
  await em.execute(
    `update transcode_jobs set progress = greatest(progress, ?::numeric), updated_at = now(),
       asked_at = coalesce(?::timestamptz, asked_at) where id = ? and state = 'RUNNING'`,
    [shown, heardAt?.toISOString() ?? null, jobId],
  );
}

function failure(detail: string): Failure {
  return { reason: 'TRANSCODE_ERROR', detail, isFinal: false };
}

async function publish(
  context: AskContext,
  job: HandedOver,
  output: TranscodeOutput,
  alongside: Alongside,
): Promise<'published' | 'failed'> {
  try {
    await verifyOutput(context, job.order(), output, job.provider);
  } catch (error) {
    if (!isDomainError(error, 'output_incomplete')) throw error;
    return fail(context, job, failureOf(error), alongside);
  }
  await publishVersion(context, {
    jobId: job.id,
    leaseToken: null,
    output,
    alongside: (tx) => alongside(tx, 'published'),
  });
  return 'published';
}

async function fail(
  context: AskContext,
  job: HandedOver,
  failure: Failure,
  alongside: Alongside,
): Promise<'failed'> {
  await transaction(context.em, async (tx) => {
    const held = await lockAttempt(tx, job.id, null);
    await failAttempt(context, tx, { ...held, ...failure });
    await alongside(tx, 'failed');
  });
  context.log.warn(
    { jobId: job.id, videoId: job.videoId, provider: job.provider, ...failure },
    'attempt ended',
  );
  return 'failed';
}

/** A provider may lose a job once, which is nobody's failure; one that loses the same video twice will do it again. */
async function forgotten(
  context: AskContext,
  job: HandedOver,
  alongside: Alongside,
): Promise<'replaced' | 'failed'> {
  const detail = `${job.provider} does not know its job ${job.providerJobId} any more`;
  if (job.forgottenBefore > 0) return fail(context, job, { ...failure(detail), isFinal: true }, alongside);
  await transaction(context.em, async (tx) => {
    const held = await lockAttempt(tx, job.id, null);
    const because = { reason: 'TRANSCODE_ERROR', detail } as const;
    await replaceAttempt(context, tx, { ...held, as: 'LOST', because, isForgotten: true });
    await alongside(tx, 'replaced');
  });
  context.log.warn({ jobId: job.id, videoId: job.videoId, provider: job.provider }, detail);
  return 'replaced';
}
