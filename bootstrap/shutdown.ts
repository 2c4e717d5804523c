import type { Log } from '#domain/context.ts';

/** npm passes Ctrl-C on to a process that the terminal has told already: the same signal, milliseconds apart. */
const SAME_SIGNAL_MS = 500;
/** Fargate kills after 120 s at most (App Platform after 600 s): by then whoever waits is to know why. */
const STOP_MAX_MS = 100_000;

/** What has to be taken down again, in the opposite order of its building. */
export interface Shutdown {
  /** Adds a step that runs before all that were added earlier. */
  add(name: string, step: () => Promise<unknown>): void;
  /** Takes everything down and ends the process. `quietly` where the reason was told already. */
  begin(reason: string, exitCode: number, options?: { quietly?: boolean }): void;
}

/**
 * Ends the process on SIGTERM or SIGINT with exit code 0, once `starting` has settled and every step has run; a second
 * signal ends it at once. An error that nobody caught ends it too, with 1.
 *
 * @param starting what adds the steps; a start that is cut off half-way would leave servers behind
 * @param options.sameSignalMs within this time a second signal counts as the first one's echo
 */
export function shutdownOnSignals(
  log: Log,
  starting: Promise<unknown>,
  { sameSignalMs = SAME_SIGNAL_MS } = {},
): Shutdown {
  const steps: { name: string; run: () => Promise<unknown> }[] = [];
  let begunAt: number | undefined;

  const begin = (reason: string, exitCode: number, { quietly = false } = {}) => {
    if (begunAt !== undefined) return;
    begunAt = performance.now();
    log[quietly ? 'debug' : 'info']({ reason }, 'stopping');
    takeDown(exitCode, quietly);
  };
  const takeDown = async (exitCode: number, quietly: boolean) => {
    setTimeout(() => {
      log.error({ steps: steps.map(({ name }) => name) }, 'stopping takes too long');
      process.exit(1);
    }, STOP_MAX_MS).unref();
    await Promise.allSettled([starting]);
    for (let step = steps.pop(); step; step = steps.pop()) {
      const { name, run } = step;
      await run().catch((error: unknown) =>
        log.error({ err: error, step: name }, 'a step of stopping failed'),
      );
    }
    log[quietly ? 'debug' : 'info']({}, 'stopped');
    process.exit(exitCode);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (begunAt === undefined) begin(signal, 0);
      else if (performance.now() - begunAt > sameSignalMs) process.exit(1);
    });
  }
  process.on('uncaughtException', (error) => {
    log.error({ err: error }, 'an error that nobody caught');
    begin('uncaught error', 1);
  });
  return { add: (name, run) => void steps.push({ name, run }), begin };
}
