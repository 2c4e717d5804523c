import type { EntityManager } from '@mikro-orm/postgresql';
import type { Enqueue, JobPayloads } from '../jobs.ts';

/** The key by which a probe that waits is found and replaced. */
export function probeJobKey(videoId: string): string {
  return `probe:${videoId}`;
}

/** Has the source looked at, with the transaction that accepted it. */
export function enqueueProbe(
  tx: EntityManager,
  enqueue: Enqueue,
  {
    runAt,
    ...probe
  }: Omit<JobPayloads['probe-source'], 'tryNumber'> & { readonly tryNumber?: number; readonly runAt?: Date },
): Promise<void> {
  return enqueue(
    tx,
    'probe-source',
    { tryNumber: 1, ...probe },
    {
      key: probeJobKey(probe.videoId),
      ...(runAt && { runAt }),
      ...(probe.priority !== undefined && { priority: probe.priority }),
    },
  );
}

/** True while a probe of the video waits or runs. */
export async function isProbeQueued(tx: EntityManager, videoId: string): Promise<boolean> {
  const found = await tx.execute<unknown[]>(
    'select 1 from graphile_worker.jobs where key = ? and attempts < max_attempts',
    [probeJobKey(videoId)],
  );
  return found.length > 0;
}

/** True while a probe of the video waits that nobody has begun. */
export async function isProbeWaiting(tx: EntityManager, videoId: string): Promise<boolean> {
  const found = await tx.execute<unknown[]>(
    'select 1 from graphile_worker.jobs where key = ? and attempts < max_attempts and locked_at is null',
    [probeJobKey(videoId)],
  );
  return found.length > 0;
}
