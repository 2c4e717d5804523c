import type { EntityManager } from '@mikro-orm/postgresql';
import { TranscodeJob } from './transcode-job.entity.ts';
import { OPEN_JOB_STATES } from './transcode-job-states.ts';

/** How long whoever ran an attempt may still write under its prefix, at worst, before that is swept. */
export const SWEEP_DELAY_SECONDS = 900;

/** Ends the video's open attempt, if there is one: whoever runs it finds its lease gone. The video is locked. */
export async function cancelOpenJob(tx: EntityManager, videoId: string, now: Date): Promise<void> {
  const job = await tx.findOne(TranscodeJob, { videoId, state: { $in: [...OPEN_JOB_STATES] } });
  if (!job) return;
  job.moveTo('CANCELED');
  job.finishedAt = now;
  job.leaseToken = null;
  job.leaseUntil = null;
  job.sweepAt = new Date(now.getTime() + SWEEP_DELAY_SECONDS * 1000);
}
