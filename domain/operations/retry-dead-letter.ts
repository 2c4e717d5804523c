import { LockMode } from '@mikro-orm/postgresql';
import { DomainError } from '../errors.ts';
import type { JobPayloads } from '../jobs.ts';
import { transaction } from '../transaction.ts';
import type { AgainContext, AgainTurn } from '../video/start-again.ts';
import { transcodeAgain } from '../video/transcode-again.ts';
import { DeadLetter } from './dead-letter.entity.ts';
import { refuseUnlessAdmin } from './list-dead-letters.ts';

/**
 * Runs a dead letter again: a video from its source, any other job as it was. Twice is once.
 *
 * @param turn when, and behind whom; at once, left out
 * Throws DomainError `forbidden`, `not_found`, and what `transcodeAgain` refuses.
 */
export async function retryDeadLetter(
  context: AgainContext,
  { id, turn }: { id: string; turn?: AgainTurn | undefined },
): Promise<void> {
  const { em, actor, enqueue, now } = context;
  refuseUnlessAdmin(actor);
  const letter = await em.fork().findOne(DeadLetter, { id });
  if (!letter) throw new DomainError('not_found', `There is no dead letter ${id}`);
  if (letter.retriedAt) return;
  const ofVideo = letter.task === 'transcode' || letter.task === 'probe-source';
  if (ofVideo && letter.videoId) await restart(context, letter, turn);
  await transaction(em, async (tx) => {
    const row = await tx.findOneOrFail(DeadLetter, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (row.retriedAt) return;
    row.retriedAt = now();
    if (!ofVideo) await enqueue(tx, row.task, row.payload as JobPayloads[typeof row.task], turn);
  });
}

/** A READY video kept its version when the next one failed: that one is made again, and the status stays. */
function restart(
  context: AgainContext,
  { videoId, payload }: DeadLetter,
  turn: AgainTurn | undefined,
): Promise<unknown> {
  // Whom the request had named, unless a deployment has done away with him; a letter without one follows the choice of now.
  const transcoder = context.transcoders.configured.find((name) => name === payload.transcoder);
  return transcodeAgain(context, { videoId: videoId ?? '', transcoder, turn });
}
