import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Platform } from '#bootstrap/platform.ts';

export interface SignalServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * A worker that runs alone has no API to show its metrics: this answers `/metrics` and `/health/live` and nothing else.
 *
 * @param port 0 for any that is free
 */
export async function serveSignals(
  platform: Pick<Platform, 'metricsText' | 'log'>,
  { port, host }: { port: number; host: string },
): Promise<SignalServer> {
  const server = createServer((request, response) => {
    const answer = (status: number, type: string, text: string) =>
      response.writeHead(status, { 'content-type': type }).end(request.method === 'HEAD' ? '' : text);
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, 'text/plain', 'GET only\n');
    if (request.url === '/health/live') return answer(200, 'application/json', '{"status":"ok"}');
    if (request.url !== '/metrics') return answer(404, 'text/plain', 'Here are /metrics and /health/live\n');
    return platform.metricsText().then(
      (text) => answer(200, 'text/plain; version=0.0.4', text),
      (error: unknown) => {
        platform.log.warn({ err: error }, 'metrics could not be read');
        answer(503, 'text/plain', 'The metrics could not be read\n');
      },
    );
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
