import type { Config } from './config.ts';

export interface Telemetry {
  /** Sends what is left, for five seconds at most. */
  stop(): Promise<void>;
}

const FLUSH_MAX_MS = 5000;

/**
 * Starts OpenTelemetry where OTEL_EXPORTER_OTLP_ENDPOINT is set: traces of HTTP, Postgres and outgoing calls, and the
 * platform's metrics. To be awaited before node:http or pg are imported anywhere: what was imported earlier is not seen.
 * Its packages are loaded only when they are wanted; they cost 300 ms and 40 MB.
 *
 * @param role names the service, unless OTEL_SERVICE_NAME does
 */
export async function startTelemetry(config: Config, role: string): Promise<Telemetry> {
  if (config.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return { stop: () => Promise.resolve() };
  const { startOtlp } = await import('./telemetry-otlp.ts');
  const sdk = startOtlp(config.OTEL_EXPORTER_OTLP_ENDPOINT, role);
  return {
    async stop() {
      let timer: NodeJS.Timeout | undefined;
      const enough = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, FLUSH_MAX_MS);
      });
      // A collector that is away is no reason to stay.
      await Promise.race([sdk.shutdown().catch(() => undefined), enough]);
      clearTimeout(timer);
    },
  };
}
