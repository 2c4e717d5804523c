import { isStorageError } from '#providers/storage/storage-errors.ts';
import { DomainError } from '../errors.ts';
import type { JobName } from '../jobs.ts';
import type { AgainContext } from '../video/start-again.ts';
import { listDeadLetters } from './list-dead-letters.ts';
import { replayTurns } from './replay-turns.ts';
import { REPLAYS_PER_MINUTE } from './replay-videos.ts';
import { retryDeadLetter } from './retry-dead-letter.ts';

/** What one call takes on at most; a caller goes on with `nextBefore`. */
export const RETRY_BATCH_MAX = 100;

export interface RetryDeadLetters {
  readonly reason: string;
  readonly task?: string | undefined;
  /** 1 to RETRY_BATCH_MAX. */
  readonly limit?: number | undefined;
  /** `nextBefore` of the batch before. */
  readonly before?: string | undefined;
  /** How fast they begin, as of `replayVideos`. */
  readonly perMinute?: number | undefined;
}

export interface RetriedLetter {
  readonly id: string;
  readonly task: JobName;
  readonly videoId: string | null;
  /** When its turn is; null where it was refused. */
  readonly runAt: Date | null;
  /** Why it was refused. */
  readonly refused: string | null;
}

export interface RetriedBatch {
  readonly letters: readonly RetriedLetter[];
  readonly nextBefore: string | null;
  /** Why it ended early: storage did not answer. */
  readonly problem: string | null;
}

/**
 * Runs the dead letters of one reason again, the newest first, so many a minute and behind fresh uploads. A letter that is
 * refused says why and stays. Twice is once. Throws DomainError `forbidden`.
 */
export async function retryDeadLetters(
  context: AgainContext,
  input: RetryDeadLetters,
): Promise<RetriedBatch> {
  const { reason, task, before } = input;
  const limit = Math.min(input.limit ?? RETRY_BATCH_MAX, RETRY_BATCH_MAX);
  const { items, nextBefore } = await listDeadLetters(context, {
    limit,
    reason,
    ...(before !== undefined && { before }),
    ...(task !== undefined && { task }),
  });
  const turns = await replayTurns(context, input.perMinute ?? REPLAYS_PER_MINUTE.default);
  const letters: RetriedLetter[] = [];
  for (const letter of items) {
    const { id } = letter;
    const shown = { id, task: letter.task, videoId: letter.videoId ?? null };
    const turn = turns.next();
    try {
      await retryDeadLetter(context, { id, turn });
      turns.take();
      letters.push({ ...shown, runAt: turn.runAt, refused: null });
    } catch (error) {
      if (isStorageError(error)) return { letters, nextBefore: null, problem: error.message };
      if (!(error instanceof DomainError)) throw error;
      letters.push({ ...shown, runAt: null, refused: error.message });
    }
  }
  return { letters, nextBefore, problem: null };
}
