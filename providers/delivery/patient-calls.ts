import { setTimeout as wait } from 'node:timers/promises';
import { DeliveryError } from './delivery.ts';

export interface Patience {
  readonly attempts: number;
  /** The first pause lasts up to this long, every further one up to twice as long. */
  readonly retryDelayMs: number;
  /** Longer than this nobody waits here: the caller is told when to come again. */
  readonly pauseMaxMs: number;
}

/** Short, as a worker's slot is held meanwhile; jobs have a patience of their own. */
export const DEFAULT_PATIENCE: Patience = { attempts: 3, retryDelayMs: 500, pauseMaxMs: 3000 };

/**
 * Makes calls, again with random pauses while the CDN says "later". When it goes on saying so, further calls fail at
 * once until the time it named: a crowd of jobs would otherwise take turns at waiting for the same answer.
 *
 * @returns a function that runs one call, which throws DeliveryError only, and throws its last error
 */
export function patientCalls({ attempts, retryDelayMs, pauseMaxMs }: Patience = DEFAULT_PATIENCE) {
  let refused: { error: DeliveryError; untilMs: number } | null = null;
  return async (attempt: () => Promise<void>): Promise<void> => {
    if (refused && performance.now() < refused.untilMs) throw refused.error;
    refused = null;
    for (let made = 1; ; made += 1) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof DeliveryError) || error.retryAfterSeconds === null) throw error;
        const askedMs = error.retryAfterSeconds * 1000;
        if (made === attempts || askedMs > pauseMaxMs) {
          refused = { error, untilMs: performance.now() + askedMs };
          throw error;
        }
        await wait(askedMs + Math.random() * retryDelayMs * 2 ** (made - 1));
      }
    }
  };
}
