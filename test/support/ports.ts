import { once } from 'node:events';
import { createServer } from 'node:net';

/** A port that nobody listens on, and the next one neither: `npm start` takes two in a row. */
export async function freePort(): Promise<number> {
  for (;;) {
    await using first = await holdPort(0);
    const second = await holdPort(first.port + 1).catch(() => null);
    await second?.[Symbol.asyncDispose]();
    if (second) return first.port;
  }
}

/** Listens on a port of this machine, so that nobody else can. */
export async function holdPort(port: number): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}
