import { setTimeout as wait } from 'node:timers/promises';

export interface BatchLimits {
  /** Prefixes in one call. */
  readonly prefixesMax: number;
  /** How long the first prefix waits for others. */
  readonly gatherMs: number;
  /** Least time from the start of one call to the start of the next. */
  readonly intervalMs: number;
}

/**
 * Joins what is asked for at about the same time: CDNs count calls, and a crowd of deleted videos comes at once. One
 * call is under way at a time; what comes meanwhile waits for the next.
 *
 * @param send gets prefixes of which none covers another
 * @returns a function that settles as the call settles which carried its prefix
 */
export function inBatches(
  send: (prefixes: readonly string[]) => Promise<void>,
  { prefixesMax, gatherMs, intervalMs }: BatchLimits,
): (prefix: string) => Promise<void> {
  const waiting = new Map<string, PromiseWithResolvers<void>>();
  let sending = false;

  async function sendWaiting(): Promise<void> {
    sending = true;
    await wait(gatherMs);
    while (waiting.size > 0) {
      const batch = [...waiting].slice(0, prefixesMax);
      for (const [prefix] of batch) waiting.delete(prefix);
      const startedAt = performance.now();
      await send(withoutCovered(batch.map(([prefix]) => prefix))).then(
        () => batch.forEach(([, { resolve }]) => void resolve()),
        (error: unknown) => batch.forEach(([, { reject }]) => void reject(error)),
      );
      if (waiting.size > 0) await wait(Math.max(0, startedAt + intervalMs - performance.now()));
    }
    sending = false;
  }

  return (prefix) => {
    const known = waiting.get(prefix);
    if (known) return known.promise;
    const asked = Promise.withResolvers<void>();
    waiting.set(prefix, asked);
    if (!sending) void sendWaiting();
    return asked.promise;
  };
}

/** A wildcard under another one costs as much again and does nothing. Sorted, so that the same set is the same call. */
function withoutCovered(prefixes: readonly string[]): string[] {
  return prefixes
    .filter((prefix) => !prefixes.some((other) => other !== prefix && prefix.startsWith(other)))
    .sort();
}
