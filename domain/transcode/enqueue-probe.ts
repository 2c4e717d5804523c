import type { EntityManager } from '@mikro-orm/postgresql';
import type { Enqueue } from '../jobs.ts';

/** The key by which a probe that waits is found and replaced. */
export function probeJobKey(videoId: string): string {
  return `probe:${videoId}`;
}

/** Has the source looked at, with the transaction that accepted it. */
export function enqueueProbe(
  tx: EntityManager,
  enqueue: Enqueue,
  {
    videoId,
    sourceKey,
    tryNumber = 1,
    runAt,
  }: { videoId: string; sourceKey: string; tryNumber?: number; runAt?: Date },
): Promise<void> {
  return enqueue(
    tx,
    'probe-source',
    { videoId, sourceKey, tryNumber },
    { key: probeJobKey(videoId), ...(runAt && { runAt }) },
  );
}
