import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';

/** Longer than the idle time of load balancers (60 s at AWS), or they send requests into a closing connection. */
const KEEP_ALIVE_MS = 65_000;
const HEADERS_MAX_MS = 20_000;
/** For a request to arrive whole, where nothing else is said. */
const REQUEST_MAX_SECONDS = 120;
const IDLE_SWEEP_MS = 50;

export interface RunningApi {
  /** The one that was given, or chosen by the system for 0. */
  readonly port: number;
  /**
   * Takes no new connection, lets requests in flight end, and cuts off what is left after `graceMs`.
   *
   * @returns true when nothing had to be cut off
   */
  close(graceMs: number): Promise<boolean>;
}

export interface ServeOptions {
  readonly port: number;
  readonly host: string;
  /** How long a request may take to arrive; TUS chunks and raw bodies come through here (R23). */
  readonly maxRequestSeconds?: number;
}

/** Listens. Rejects with one clear sentence when the port is taken or may not be used. */
export async function serveApi(
  app: { fetch(request: Request): Response | Promise<Response> },
  { port, host, maxRequestSeconds = REQUEST_MAX_SECONDS }: ServeOptions,
): Promise<RunningApi> {
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: {
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: HEADERS_MAX_MS,
      requestTimeout: maxRequestSeconds * 1000,
    },
  }) as Server;
  await listen(server, port, host);
  return {
    port: (server.address() as AddressInfo).port,
    close: (graceMs) => closeServer(server, graceMs),
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(sentenceFor(error, port, host), { cause: error })),
    );
    server.listen(port, host, resolve);
  });
}

function sentenceFor(error: NodeJS.ErrnoException, port: number, host: string): string {
  if (error.code === 'EADDRINUSE')
    return `Port ${port} of ${host} is taken by another program; stop it or choose another PORT`;
  if (error.code === 'EACCES') return `This account may not listen on port ${port}; choose a PORT above 1023`;
  return `Cannot listen on port ${port} of ${host}: ${error.message}`;
}

async function closeServer(server: Server, graceMs: number): Promise<boolean> {
  let isClean = true;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // close() ends connections that are idle now; one that is busy now would stay open after its answer.
  const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS);
  const limit = setTimeout(() => {
    isClean = false;
    server.closeAllConnections();
  }, graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(limit);
  return isClean;
}
