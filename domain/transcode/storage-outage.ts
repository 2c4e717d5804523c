import type { EntityManager } from '@mikro-orm/postgresql';
import { isStorageError } from '#providers/storage/storage-errors.ts';
import type { Needs } from '../context.ts';
import type { ReplacedAttempt } from './end-attempt.ts';
import { TranscodeJob } from './transcode-job.entity.ts';

const WAIT_SECONDS = { first: 10, max: 300 };
/** Storage that one video cannot be read from or written to for so long is not away: something is wrong with the video. */
const OUTAGE_MAX_SECONDS = 12 * 3600;
/** More attempts than that outage can hold. */
const ATTEMPTS_MAX = 300;

/** True when an encode ended because storage was away, however deep that stands in the error. */
export function isStorageAway(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (isStorageError(cause, 'unavailable')) return true;
  return false;
}

/**
 * How an attempt that storage took down is replaced: it counts as no failure, and the wait doubles as long as the outage
 * lasts. Null when that has been tried for half a day.
 */
export async function outageOf(
  { now }: Needs<'now'>,
  tx: EntityManager,
  job: TranscodeJob,
): Promise<Pick<ReplacedAttempt, 'because' | 'runAt'> | null> {
  const before = await tx.find(
    TranscodeJob,
    { videoId: job.videoId, id: { $ne: job.id } },
    { orderBy: { createdAt: 'desc', id: 'desc' }, limit: ATTEMPTS_MAX },
  );
  const other = before.findIndex(
    ({ state, failReason }) => state !== 'HANDED_BACK' || failReason !== 'STORAGE_UNAVAILABLE',
  );
  const outage = other < 0 ? before : before.slice(0, other);
  const since = outage.at(-1)?.finishedAt ?? now();
  if (now().getTime() - since.getTime() > OUTAGE_MAX_SECONDS * 1000) return null;
  const waitSeconds = Math.min(WAIT_SECONDS.max, WAIT_SECONDS.first * 2 ** Math.min(outage.length, 10));
  return {
    because: { reason: 'STORAGE_UNAVAILABLE', detail: 'Storage did not answer during the encode' },
    runAt: new Date(now().getTime() + waitSeconds * 1000),
  };
}
