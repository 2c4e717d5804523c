import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Fault, passOn } from './faults.ts';

/** Which requests a fault meets. Preflights are requests as well, so name the method. */
export interface Matcher {
  readonly method: string;
  /** Matched against path and query. */
  readonly url: RegExp;
  /** The first request of this kind that is met, counted from 1 since the fault was planted. Default 1. */
  readonly from?: number;
  /** How many are met in a row. Default 1. */
  readonly times?: number;
}

/** One request as it went through. */
export interface Passage {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** The fault that it met. */
  readonly fault: string | null;
  /** What the client was answered; null while it waits, and for good when it never was. */
  status: number | null;
  /** How much of its body the client got rid of. */
  receivedBytes: number;
  /** Whether its answer has been sent, or its connection is gone. */
  isOver: boolean;
}

export interface FaultProxy {
  /** Where clients go, such as `http://localhost:40123`. */
  readonly url: string;
  /** Everything since the last `reset`, in order of arrival. */
  readonly passages: readonly Passage[];
  /** How many connections were refused while it was offline, since the last `reset`. */
  readonly refusedConnections: number;
  /** Plants a fault beside those that are planted. The one planted first meets a request first. */
  plant(fault: Fault, matcher: Matcher): void;
  /** From now on nobody gets a connection, and those that are open break. */
  goOffline(): void;
  goOnline(): void;
  /** Whether an answer leaves its connection open. Off by default: a client meets each fault on a fresh connection. */
  keepAlive(on: boolean): void;
  /** Removes all faults, breaks off whatever still hangs, and forgets what happened. */
  reset(): void;
  close(): Promise<void>;
}

interface Planted {
  readonly fault: Fault;
  readonly matcher: Matcher;
  seen: number;
}

/**
 * Stands before an HTTP server, passes everything on byte for byte, and breaks what it was told to break. `Host` goes
 * through as it comes, so signatures over it hold.
 *
 * Answers close their connection unless told otherwise: Chromium silently sends a request again when a connection that
 * it had used before breaks, and would mend in secret what a test wants to see broken.
 *
 * @param target the server behind, such as `http://127.0.0.1:4001`; it need not listen yet
 * @param host the name that clients use; a page on 127.0.0.1 and storage on localhost are of different sites
 */
export async function startFaultProxy(target: string, host = '127.0.0.1'): Promise<FaultProxy> {
  const planted: Planted[] = [];
  const passages: Passage[] = [];
  const sockets = new Set<Socket>();
  let isOffline = false;
  let refusedConnections = 0;
  let keepsAlive = false;
  let resetting = Promise.withResolvers<void>();

  const server = http.createServer({ requestTimeout: 0, keepAliveTimeout: 65_000 });
  server.on('request', (request, response) => serve(request, response).catch(() => response.destroy()));
  server.on('connection', (socket: Socket) => {
    if (isOffline) {
      refusedConnections += 1;
      socket.destroy();
      return;
    }
    // A client that breaks off is no failure of the proxy.
    socket.on('error', () => undefined);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const fault = faultFor(method, url);
    const passage: Passage = {
      method,
      url,
      fault: fault?.name ?? null,
      status: null,
      receivedBytes: 0,
      isOver: false,
    };
    passages.push(passage);
    response.once('close', () => {
      passage.isOver = true;
    });
    request.on('data', (chunk: Buffer) => {
      passage.receivedBytes += chunk.length;
    });
    request.pause();
    response.sendDate = false;
    response.shouldKeepAlive = keepsAlive;
    const meeting = { request, response, target: new URL(target), untilReset: resetting.promise };
    passage.status = await (fault?.meet ?? passOn)(meeting);
  }

  function faultFor(method: string, url: string): Fault | undefined {
    let met: Fault | undefined;
    for (const each of planted) {
      const { from = 1, times = 1 } = each.matcher;
      if (each.matcher.method !== method || !each.matcher.url.test(url)) continue;
      each.seen += 1;
      if (each.seen >= from && each.seen < from + times) met ??= each.fault;
    }
    return met;
  }

  const breakAll = () => {
    resetting.resolve();
    resetting = Promise.withResolvers();
    for (const socket of sockets) socket.destroy();
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}`,
    passages,
    get refusedConnections() {
      return refusedConnections;
    },
    plant: (fault, matcher) => void planted.push({ fault, matcher, seen: 0 }),
    goOffline() {
      isOffline = true;
      breakAll();
    },
    goOnline() {
      isOffline = false;
    },
    keepAlive(on) {
      keepsAlive = on;
    },
    reset() {
      planted.length = 0;
      passages.length = 0;
      refusedConnections = 0;
      isOffline = false;
      keepsAlive = false;
      breakAll();
    },
    async close() {
      breakAll();
      server.close();
      await once(server, 'close');
    },
  };
}
