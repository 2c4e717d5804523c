import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Platform } from '#bootstrap/platform.ts';

export interface SignalServer {
  readonly port: number;
  close(): Promise<void>;
}

export interface SignalOptions {
  /** 0 for any that is free. */
  readonly port: number;
  readonly host: string;
  /** Whether the worker still does what only it does; a process that answers may have stopped doing it (R19). */
  readonly isAlive: () => boolean;
}

/** A worker that runs alone has no API to show its metrics: this answers `/metrics` and `/health/live` and nothing else. */
export async function serveSignals(
  platform: Pick<Platform, 'metricsText' | 'log'>,
  { port, host, isAlive }: SignalOptions,
): Promise<SignalServer> {
  const server = createServer((request, response) => {
    const answer = (status: number, type: string, text: string) =>
      response.writeHead(status, { 'content-type': type }).end(request.method === 'HEAD' ? '' : text);
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, 'text/plain', 'GET only\n');
    if (request.url === '/health/live')
      return isAlive()
        ? answer(200, 'application/json', '{"status":"ok"}')
        : answer(503, 'application/json', '{"status":"stuck"}');
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
