import { LockMode } from '@mikro-orm/postgresql';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { transaction } from '../transaction.ts';
import { dispatchWaiting } from '../transcode/start-attempt.ts';
import { refuseUnlessAdmin } from './list-dead-letters.ts';
import { operatorName } from './operator-name.ts';
import { PipelineControl } from './pipeline-control.entity.ts';
import { takeBackWaiting } from './take-back-waiting.ts';

/** More than any deployment runs at once. */
export const THROTTLE_MAX = 10_000;

export interface ThrottledPipeline {
  readonly maxOpenAttempts: number;
  /** Queued attempts above the limit that wait again. Those at work go on and count. */
  readonly takenBack: number;
  readonly isPaused: boolean;
}

/**
 * Lets so many attempts be open at once in the whole deployment, from the commit on; a pause stays as it is. Twice is once.
 * Throws DomainError `forbidden`, `invalid_request`.
 *
 * @param maxOpenAttempts 1 to THROTTLE_MAX
 */
export async function throttlePipeline(
  context: Needs<'em' | 'actor' | 'enqueue' | 'settings' | 'log' | 'now'>,
  { maxOpenAttempts }: { maxOpenAttempts: number },
): Promise<ThrottledPipeline> {
  const { em, actor, log } = context;
  refuseUnlessAdmin(actor);
  if (!Number.isInteger(maxOpenAttempts) || maxOpenAttempts < 1 || maxOpenAttempts > THROTTLE_MAX) {
    const message = `must be a whole number from 1 to ${THROTTLE_MAX}; to let none begin, pause`;
    throw new DomainError('invalid_request', `maxOpenAttempts ${message}`, {
      fields: [{ field: 'maxOpenAttempts', message }],
    });
  }
  const by = operatorName(actor);
  const throttled = await transaction(em, async (tx) => {
    const control = await tx.findOneOrFail(
      PipelineControl,
      { id: 1 },
      { lockMode: LockMode.PESSIMISTIC_WRITE },
    );
    control.maxOpenAttempts = maxOpenAttempts;
    control.orderedBy = by;
    control.updatedAt = new Date();
    await tx.flush();
    const takenBack = await takeBackWaiting(tx, maxOpenAttempts);
    return { maxOpenAttempts, takenBack, isPaused: control.pausedAt != null };
  });
  // A higher limit than before lets the next ones in.
  await transaction(em, (tx) => dispatchWaiting(context, tx));
  log.warn({ ...throttled, by }, 'the pipeline is throttled');
  return throttled;
}
