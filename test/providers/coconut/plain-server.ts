import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** One request as the server saw it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly authorization: string;
  readonly userAgent: string;
  readonly body: string;
}

/** An HTTP server that answers as the test says, on this machine. */
export interface PlainServer extends AsyncDisposable {
  /** As COCONUT_ENDPOINT has it. */
  readonly endpoint: string;
  readonly seen: Seen[];
}

export async function plainServer(
  answer: (response: ServerResponse, request: IncomingMessage) => void,
): Promise<PlainServer> {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const { authorization = '', 'user-agent': userAgent = '' } = request.headers;
    const body = await text(request).catch(() => '');
    seen.push({ method: request.method ?? '', path: request.url ?? '', authorization, userAgent, body });
    answer(response, request);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Answers with a status and a body, and headers where given. */
export function answering(status: number, body: string, headers: Record<string, string> = {}) {
  return (response: ServerResponse) => void response.writeHead(status, headers).end(body);
}

export function basic(apiKey: string): string {
  return `Basic ${Buffer.from(`${apiKey}:`).toString('base64')}`;
}
