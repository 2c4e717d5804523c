import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { isRemote } from './remote-transcoder.ts';
import { TranscodeJob } from './transcode-job.entity.ts';
import { OPEN_JOB_STATES } from './transcode-job-states.ts';

/** How long whoever ran an attempt may still write under its prefix, at worst, before that is swept. */
const SWEEP_DELAY_SECONDS = 900;
/** A provider whose job cannot be canceled goes on to its end. */
const REMOTE_SWEEP_DELAY_SECONDS = 86_400;

/** When the outputs of an attempt may go that is ended now: nobody writes them any more. Asked before it ends. */
export function sweepAtOf(job: TranscodeJob, now: Date): Date {
  const isElsewhere = isRemote(job.provider) && (job.state === 'RUNNING' || job.leaseToken != null);
  const delaySeconds = isElsewhere ? REMOTE_SWEEP_DELAY_SECONDS : SWEEP_DELAY_SECONDS;
  return new Date(now.getTime() + delaySeconds * 1000);
}

/** Ends the video's open attempt, if there is one: whoever runs it finds its lease gone. The video is locked. */
export async function cancelOpenJob(tx: EntityManager, videoId: string, now: Date): Promise<void> {
  // Locked, so that nobody hands it over between this look at it and its end.
  const job = await tx.findOne(
    TranscodeJob,
    { videoId, state: { $in: [...OPEN_JOB_STATES] } },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  if (!job) return;
  job.sweepAt = sweepAtOf(job, now);
  job.moveTo('CANCELED');
  job.finishedAt = now;
  job.leaseToken = null;
  job.leaseUntil = null;
}
