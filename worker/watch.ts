import type { Log } from '#domain/context.ts';

/** How often dead workers and leases are looked for. */
const LOOK_EVERY_MS = 5000;
/**
 * A look that takes longer does not end any more. Four times what a dead lease is given, as one look may ask transcoders
 * elsewhere, and a database that is silent is noticed late.
 */
const STUCK_AFTER_MS = 180_000;

export interface Watch {
  /** True as long as looks end, well or not: a database that is away is no reason to end the process. */
  isAlive(): boolean;
  /** Resolves when no look is under way any more. */
  stop(): Promise<void>;
}

/** Looks for dead workers again and again, one look at a time; a database that is away is met again later. */
export function startWatch(
  log: Log,
  lookOnce: () => Promise<void>,
  { everyMs = LOOK_EVERY_MS, stuckAfterMs = STUCK_AFTER_MS } = {},
): Watch {
  let current: Promise<void> | undefined;
  let endedAt = performance.now();
  const look = () =>
    lookOnce().catch((error: unknown) => log.warn({ err: error }, 'dead workers could not be looked for'));
  const timer = setInterval(() => {
    current ??= look().finally(() => {
      endedAt = performance.now();
      current = undefined;
    });
  }, everyMs);
  return {
    isAlive: () => performance.now() - endedAt < stuckAfterMs,
    async stop() {
      clearInterval(timer);
      await current;
    },
  };
}
