import type { Platform } from '#bootstrap/platform.ts';
import type { Shutdown } from '#bootstrap/shutdown.ts';
import { createApi } from './app.ts';
import { serveApi } from './serve.ts';

/** For requests in flight when the process is told to end; load balancers give 30 seconds and more. */
const CLOSE_GRACE_MS = 15_000;

/** Serves the API, and stops serving first of all when the process ends. Rejects with one line when it cannot listen. */
export async function startApi({ config, log, ...rest }: Platform, shutdown: Shutdown): Promise<void> {
  const { HOST: host, PORT: port, PUBLIC_URL: url, MAX_REQUEST_SECONDS: maxRequestSeconds } = config;
  const api = await serveApi(createApi({ config, log, ...rest }), { port, host, maxRequestSeconds });
  shutdown.add('api', () => api.close(CLOSE_GRACE_MS));
  log.info({ url, docs: `${url}/docs`, host, port }, 'the API is ready');
}
