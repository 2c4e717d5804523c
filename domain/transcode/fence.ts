import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { lockVideoRow } from '../video/lock-video.ts';
import type { Video } from '../video/video.entity.ts';
import { TranscodeJob } from './transcode-job.entity.ts';

/** Whoever ran the attempt no longer may: its lease ran out, or it was canceled. Nothing of it is published. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

/**
 * Locks the video, then the attempt, and lets only its holder on: the state must still be RUNNING and, for a worker,
 * the lease its own (R6). A provider that works elsewhere has no lease and passes null.
 *
 * Throws LeaseLost.
 */
export function lockAttempt(
  tx: EntityManager,
  jobId: string,
  leaseToken: string | null,
): Promise<HeldAttempt> {
  return lockHeld(
    tx,
    jobId,
    (job) => job.state === 'RUNNING' && (leaseToken === null || job.leaseToken === leaseToken),
  );
}

/** As `lockAttempt`, for whoever is handing a queued attempt over to its provider. Throws LeaseLost. */
export function lockHandover(tx: EntityManager, jobId: string, token: string): Promise<HeldAttempt> {
  return lockHeld(tx, jobId, (job) => job.state === 'QUEUED' && job.leaseToken === token);
}

export interface HeldAttempt {
  readonly job: TranscodeJob;
  readonly video: Video;
}

async function lockHeld(
  tx: EntityManager,
  jobId: string,
  isHeld: (job: TranscodeJob) => boolean,
): Promise<HeldAttempt> {
  // By SQL, so that no unlocked row stays in the unit of work; a fork would take a second connection and could starve.
  const [known] = await tx.execute<{ video_id: string }[]>(
    'select video_id from transcode_jobs where id = ?',
    [jobId],
  );
  const video = known ? await lockVideoRow(tx, known.video_id) : null;
  const job =
    video && (await tx.findOne(TranscodeJob, { id: jobId }, { lockMode: LockMode.PESSIMISTIC_WRITE }));
  if (!video || !job || !isHeld(job))
    throw new LeaseLost(`Attempt ${jobId} is ${job?.state ?? 'gone'} and belongs to somebody else`);
  return { job, video };
}
