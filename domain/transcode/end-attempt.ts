import type { EntityManager } from '@mikro-orm/postgresql';
import type { TranscoderName } from '#providers/transcoders/transcoder.ts';
import type { Needs } from '../context.ts';
import { type FailReason, isSourceFault } from '../fail-reasons.ts';
import { announce } from '../notifications/announce.ts';
import { recordDeadLetter } from '../operations/record-dead-letter.ts';
import type { Video } from '../video/video.entity.ts';
import { sweepAtOf } from './cancel-open-job.ts';
import { fallbackAfter } from './choose-transcoder.ts';
import { planTranscode } from './plan-transcode.ts';
import { type AttemptToStart, dispatchWaiting, startAttempt } from './start-attempt.ts';
import type { TranscodeJob } from './transcode-job.entity.ts';
import type { TranscodeJobState } from './transcode-job-states.ts';
import { transcodersInReach } from './transcoders-in-reach.ts';

type Context = Needs<'storages' | 'transcoders' | 'enqueue' | 'settings' | 'metrics' | 'log' | 'now'>;

export interface FailedAttempt {
  readonly job: TranscodeJob;
  readonly video: Video;
  readonly reason: FailReason;
  readonly detail: string;
  /** True when another attempt at the same transcoder would fail in the same way. */
  readonly isFinal?: boolean;
}

/**
 * Ends an attempt that failed: another one after a wait that doubles, until the last of this transcoder; then the same
 * number at the fallback, where there is one that reaches the video; then the video is FAILED and the dead letters know. A fault of the source
 * ends it at once. A READY video stays READY. Both rows are locked.
 */
export async function failAttempt(context: Context, tx: EntityManager, failed: FailedAttempt): Promise<void> {
  const { job, video, reason, detail, isFinal = false } = failed;
  const { transcoders, settings, metrics, log, now } = context;
  job.failReason = reason;
  job.failDetail = detail.slice(0, 2000);
  await close(context, tx, job, 'FAILED');
  metrics.transcodeEnded(job.provider, reason);
  if (video.deletedAt) return;
  const failures = job.failedBefore + 1;
  const worthAnother = !isFinal && !isSourceFault(reason) && reason !== 'WORKER_LOST';
  if (worthAnother && failures < settings.transcodeAttempts) {
    const waitSeconds = settings.transcodeRetrySeconds * 2 ** job.failedBefore;
    const runAt = new Date(now().getTime() + waitSeconds * 1000);
    await startAttempt(context, tx, { ...successorOf(job), failedBefore: failures, runAt });
    return;
  }
  const { configured } = transcodersInReach(context, video.storage);
  const fallback = fallbackAfter({ ...transcoders, configured }, job, reason);
  if (fallback) {
    log.warn({ jobId: job.id, videoId: video.id, from: job.provider, to: fallback, reason }, 'falling back');
    await startAttempt(context, tx, {
      videoId: job.videoId,
      provider: fallback,
      plan: planTranscode(job.plan.source, job.plan.probe, fallback, settings),
      failedBefore: 0,
      fallbackFrom: job.provider as TranscoderName,
      priority: job.priority,
    });
    return;
  }
  if (video.status === 'TRANSCODING') {
    video.moveTo('FAILED', reason);
    await announce(context, tx, { video, type: 'video.asset.errored', occurrence: job.id });
  }
  await recordDeadLetter(context, tx, {
    task: 'transcode',
    payload: { jobId: job.id },
    videoId: video.id,
    reason,
    detail: job.fallbackFrom == null ? detail : `${job.provider}, after ${job.fallbackFrom}: ${detail}`,
  });
}

export interface ReplacedAttempt {
  readonly job: TranscodeJob;
  readonly video: Video;
  readonly as: 'HANDED_BACK' | 'LOST';
  /** Why, where it was not simply its worker that went. */
  readonly because?: { readonly reason: FailReason; readonly detail: string };
  /** When the next one may begin; at once, unless told otherwise. */
  readonly runAt?: Date;
  /** True when the provider has forgotten it. */
  readonly isForgotten?: boolean;
  /** Another transcoder than its own, with a plan of its own. */
  readonly at?: TranscoderName;
}

/**
 * Ends an attempt that nobody failed, HANDED_BACK by a worker that was told to stop or LOST with its lease, and starts
 * it again. Neither counts as a failure (R7), but an attempt that keeps losing its worker is one that kills it.
 */
export async function replaceAttempt(
  context: Context,
  tx: EntityManager,
  { job, video, as, because, runAt, isForgotten = false, at }: ReplacedAttempt,
): Promise<void> {
  job.failReason = because?.reason ?? null;
  job.failDetail = because?.detail.slice(0, 2000) ?? null;
  await close(context, tx, job, as);
  context.metrics.transcodeEnded(job.provider, as);
  if (video.deletedAt) return;
  await startAttempt(context, tx, {
    ...successorOf(job),
    failedBefore: job.failedBefore,
    forgottenBefore: job.forgottenBefore + (isForgotten ? 1 : 0),
    ...(runAt && { runAt }),
    ...(at && { provider: at, plan: planTranscode(job.plan.source, job.plan.probe, at, context.settings) }),
  });
}

async function close(
  context: Context,
  tx: EntityManager,
  job: TranscodeJob,
  state: Extract<TranscodeJobState, 'FAILED' | 'HANDED_BACK' | 'LOST'>,
): Promise<void> {
  job.sweepAt = sweepAtOf(job, context.now());
  job.moveTo(state);
  job.finishedAt = context.now();
  job.leaseToken = null;
  job.leaseUntil = null;
  await tx.flush();
  await dispatchWaiting(context, tx);
}

function successorOf(
  job: TranscodeJob,
): Pick<AttemptToStart, 'videoId' | 'provider' | 'plan' | 'priority' | 'forgottenBefore' | 'fallbackFrom'> {
  const { videoId, provider, plan, priority, forgottenBefore, fallbackFrom } = job;
  return {
    videoId,
    provider,
    plan,
    priority,
    forgottenBefore,
    ...(fallbackFrom != null && { fallbackFrom }),
  };
}
