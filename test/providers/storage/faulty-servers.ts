import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';

/** A server for one test; `await using` closes it. */
interface TestServer extends AsyncDisposable {
  readonly url: string;
}

async function listening(server: net.Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function closing(server: net.Server, sockets: ReadonlySet<Socket>) {
  return async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
}

/** Accepts connections, sends `greeting` after the first bytes of a request, and then nothing more. */
export async function hangingServer(greeting = ''): Promise<TestServer> {
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    // The request is taken in, so that the sender waits for the answer and not for room in the socket.
    socket.on('data', () => undefined);
    if (greeting) socket.once('data', () => socket.write(greeting));
  });
  return { url: await listening(server), [Symbol.asyncDispose]: closing(server, sockets) };
}

export interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** Answers by script, the last answer for ever, and counts. 'cut' drops the connection instead. */
export async function scriptedServer(
  ...script: readonly (Answer | 'cut')[]
): Promise<TestServer & { readonly requests: string[] }> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const server = http.createServer((request, response) => {
    const step = script[Math.min(requests.length, script.length - 1)];
    requests.push(`${request.method} ${request.url}`);
    request.resume();
    if (step === 'cut' || !step) {
      request.socket.destroy();
      return;
    }
    request.once('end', () => response.writeHead(step.status, step.headers).end(step.body));
  });
  server.on('connection', (socket) => sockets.add(socket));
  return { url: await listening(server), requests, [Symbol.asyncDispose]: closing(server, sockets) };
}

/** An error as S3 writes it. */
export function s3Error(status: number, code: string, message = 'said the server'): Answer {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { status, headers: { 'content-type': 'application/xml' }, body };
}

/** Passes every connection on to `target` and says how many are open. */
export async function countingRelay(target: string): Promise<TestServer & { open(): number }> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    const upstream = net.connect(Number(port), hostname);
    sockets.add(socket).add(upstream);
    for (const [from, to] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      from.on('error', () => to.destroy());
      from.once('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  return {
    url: await listening(server),
    open: () => sockets.size / 2,
    [Symbol.asyncDispose]: closing(server, sockets),
  };
}
