import { LockMode } from '@mikro-orm/postgresql';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { JobPayloads } from '../jobs.ts';
import { transaction } from '../transaction.ts';
import { enqueueProbe } from '../transcode/enqueue-probe.ts';
import { getVideo } from '../video/get-video.ts';
import { lockVideo } from '../video/lock-video.ts';
import { retryVideo } from '../video/retry-video.ts';
import { DeadLetter } from './dead-letter.entity.ts';
import { refuseUnlessAdmin } from './list-dead-letters.ts';

/**
 * Runs a dead letter again: a video from its source, any other job as it was. Twice is once.
 * Throws DomainError `forbidden`, `not_found`, and what `retryVideo` refuses.
 */
export async function retryDeadLetter(
  context: Needs<'em' | 'actor' | 'storage' | 'delivery' | 'enqueue' | 'now'>,
  { id }: { id: string },
): Promise<void> {
  const { em, actor, enqueue, now } = context;
  refuseUnlessAdmin(actor);
  const letter = await em.fork().findOne(DeadLetter, { id });
  if (!letter) throw new DomainError('not_found', `There is no dead letter ${id}`);
  if (letter.retriedAt) return;
  const ofVideo = letter.task === 'transcode' || letter.task === 'probe-source';
  if (ofVideo && letter.videoId) await restart(context, letter.videoId);
  await transaction(em, async (tx) => {
    const row = await tx.findOneOrFail(DeadLetter, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (row.retriedAt) return;
    row.retriedAt = now();
    if (!ofVideo) await enqueue(tx, row.task, row.payload as JobPayloads[typeof row.task]);
  });
}

/** A READY video kept its version when the next one failed: that one is made again, and the status stays. */
async function restart(context: Parameters<typeof retryVideo>[0], videoId: string): Promise<void> {
  const system = { ...context, actor: { kind: 'system' } as const };
  const video = await getVideo(system, { videoId });
  if (video.status !== 'READY') {
    await retryVideo(system, { videoId });
    return;
  }
  await transaction(context.em, async (tx) => {
    const { sourceFileKey } = await lockVideo(tx, videoId, system.actor);
    if (sourceFileKey) await enqueueProbe(tx, context.enqueue, { videoId, sourceKey: sourceFileKey });
  });
}
