import type { EntityManager } from '@mikro-orm/postgresql';
import { DeadLetter } from './dead-letter.entity.ts';

/** A video that was retried or deleted by its owner leaves nothing for an operator to do. */
export async function closeDeadLetters(tx: EntityManager, videoId: string, now: Date): Promise<void> {
  await tx.nativeUpdate(
    DeadLetter,
    { videoId, retriedAt: null, task: { $in: ['transcode', 'probe-source', 'publish-set'] } },
    { retriedAt: now },
  );
}
