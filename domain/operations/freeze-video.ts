import type { EntityManager } from '@mikro-orm/postgresql';
import type { VersionMaker } from '#providers/transcoders/transcoder.ts';
import type { Needs } from '../context.ts';
import { newId } from '../identifiers.ts';
import { announce } from '../notifications/announce.ts';
import { transaction } from '../transaction.ts';
import { cancelOpenJob } from '../transcode/cancel-open-job.ts';
import { dispatchWaiting } from '../transcode/start-attempt.ts';
import { TranscodeJob } from '../transcode/transcode-job.entity.ts';
import { OPEN_JOB_STATES } from '../transcode/transcode-job-states.ts';
import { lockVideoRow } from '../video/lock-video.ts';
import type { LongRunning } from './find-long-running.ts';
import { recordDeadLetter } from './record-dead-letter.ts';

type Context = Needs<'em' | 'transcoders' | 'enqueue' | 'settings' | 'metrics' | 'log' | 'now'>;

export interface FrozenVideo {
  readonly videoId: string;
  readonly jobId: string | null;
  readonly provider: VersionMaker | null;
  /** READY where only its next version was stopped. */
  readonly status: 'FAILED' | 'READY';
  /** True when a provider elsewhere was asked to stop and could not be; its result will not be published either way. */
  readonly runsElsewhere: boolean;
}

export interface FreezeWith {
  readonly reason: string | null;
  /** The operator, where that is known. */
  readonly by?: string | null;
  /** Providers that could not be asked to cancel: the next ones are left to the reconciler. */
  readonly away: Set<VersionMaker>;
}

/** Freezes one video, if it still is at what it was found at; null when it has moved on. */
export async function freezeVideo(
  context: Context,
  found: LongRunning,
  how: FreezeWith,
): Promise<FrozenVideo | null> {
  const frozen = await transaction(context.em, (tx) => freeze(context, tx, found, detailOf(how)));
  if (!frozen) return null;
  const { job, status } = frozen;
  if (job) context.metrics.transcodeEnded(job.provider, 'ROLLBACK');
  return {
    videoId: found.videoId,
    jobId: job?.id ?? null,
    provider: job?.provider ?? null,
    status,
    runsElsewhere: job !== null && !(await stopElsewhere(context, job, how.away)),
  };
}

function detailOf({ reason, by }: FreezeWith): string {
  return `An operator${by == null ? '' : ` (${by})`} froze it${reason === null ? '' : `: ${reason}`}`;
}

async function freeze(
  context: Context,
  tx: EntityManager,
  { videoId, jobId }: LongRunning,
  detail: string,
): Promise<{ job: TranscodeJob | null; status: 'FAILED' | 'READY' } | null> {
  const video = await lockVideoRow(tx, videoId);
  const job = await tx.findOne(TranscodeJob, { videoId, state: { $in: [...OPEN_JOB_STATES] } });
  if (!video || video.deletedAt || (job?.id ?? null) !== jobId) return null;
  if (video.status !== 'TRANSCODING' && !(video.status === 'READY' && job)) return null;
  if (job) {
    job.failReason = 'ROLLBACK';
    job.failDetail = detail;
    await cancelOpenJob(tx, videoId, context.now());
  }
  // A version that plays is not taken back; what its next one was frozen for stands on the attempt (R12).
  const status = video.status === 'READY' ? 'READY' : 'FAILED';
  if (video.status === 'TRANSCODING') {
    video.moveTo('FAILED', 'ROLLBACK');
    await announce(context, tx, { video, type: 'video.asset.errored', occurrence: job?.id ?? newId() });
  }
  await tx.flush();
  await recordDeadLetter(context, tx, {
    ...(job
      ? { task: 'transcode' as const, payload: { jobId: job.id } }
      : {
          task: 'probe-source' as const,
          payload: { videoId, sourceKey: video.sourceFileKey ?? '', tryNumber: 1 },
        }),
    videoId,
    reason: 'ROLLBACK',
    detail,
  });
  await dispatchWaiting(context, tx);
  return { job, status };
}

/**
 * Best effort, outside the transaction: the attempt is fenced already, this only saves money, and the reconciler does so
 * too. True where nothing runs any more.
 */
async function stopElsewhere(
  { transcoders, log }: Context,
  { id, provider, providerJobId }: TranscodeJob,
  away: Set<VersionMaker>,
): Promise<boolean> {
  if (provider === 'ffmpeg' || !providerJobId) return true;
  if (away.has(provider)) return false;
  try {
    await transcoders.get(provider).cancel(providerJobId);
    return true;
  } catch (error) {
    away.add(provider);
    log.warn({ err: error, jobId: id, provider, providerJobId }, 'not canceled at the provider');
    return false;
  }
}
