import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A request as a receiver got it. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Receiver extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly received: Received[];
}

type Answer = (request: Received, ...rest: Parameters<RequestListener>) => void;

/** A real server on 127.0.0.1 that keeps what it got. It answers 200 unless told otherwise. */
export async function startReceiver(
  answer: Answer = (_request, _incoming, response) => response.end('ok'),
  tls?: { key: string; cert: string },
  listenPort = 0,
): Promise<Receiver> {
  const received: Received[] = [];
  const listen: RequestListener = async (incoming, response) => {
    incoming.on('error', () => {});
    const pieces: Buffer[] = [];
    for await (const piece of incoming) pieces.push(piece);
    const request = {
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      headers: incoming.headers,
      body: Buffer.concat(pieces).toString(),
    };
    received.push(request);
    answer(request, incoming, response);
  };
  const server: Server = tls ? createTlsServer(tls, listen) : createServer(listen);
  server.listen(listenPort, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}/hook`,
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
