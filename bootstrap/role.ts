import type { Log } from '#domain/context.ts';
import { type Config, loadConfig } from './config.ts';
import type { ConfigScope } from './config-rules.ts';
import { createLogger } from './logger.ts';
import { redactText } from './redaction.ts';
import { type Shutdown, shutdownOnSignals } from './shutdown.ts';
import { startTelemetry } from './telemetry.ts';

export interface RoleProcess {
  readonly config: Config;
  readonly log: Log;
  readonly shutdown: Shutdown;
  /** Sends what is left of traces and metrics; to be added to the shutdown before what still makes some. */
  readonly flushTelemetry: () => Promise<void>;
}

/**
 * The life of a process: configuration, telemetry, log, signals, then `start`. What keeps it from starting is one line on
 * stderr and exit code 1.
 *
 * @param start imports what it uses by itself: telemetry sees only what is imported after it has begun
 */
export async function runRole(
  name: string,
  start: (role: RoleProcess) => Promise<void>,
  scope?: ConfigScope,
): Promise<void> {
  const { promise: started, resolve: settle } = Promise.withResolvers<void>();
  try {
    const config = loadConfig(process.env, scope);
    const telemetry = await startTelemetry(config, name);
    const log = createLogger(config);
    const shutdown = shutdownOnSignals(log, started);
    const flushTelemetry = () => telemetry.stop();
    try {
      await start({ config, log, shutdown, flushTelemetry });
    } catch (error) {
      reportFailure(error, config.LOG_LEVEL === 'debug');
      shutdown.begin('the start failed', 1, { quietly: true });
    }
  } catch (error) {
    reportFailure(error, false);
    process.exitCode = 1;
  } finally {
    settle();
  }
}

/** One line; the stack only for whoever asks for detail. */
function reportFailure(error: unknown, withStack: boolean): void {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  process.stderr.write(`${redactText(withStack ? (stack ?? message) : message)}\n`);
}
