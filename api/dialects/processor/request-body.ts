import type { IncomingMessage } from 'node:http';
import type { Context } from 'hono';
import type { ApiEnvironment } from '#api/environment.ts';

/**
 * The bytes of a request as they come, read only as fast as they are taken. Where there is a socket they come from Node's
 * own stream: hono's Request would put a web stream between, which begins to read by itself as soon as it is looked at.
 * Whoever stops early leaves the rest to the server, which answers first and then hangs up.
 *
 * The iteration throws when the client goes away before the end.
 */
export function requestBody(c: Context<ApiEnvironment>): AsyncIterable<Uint8Array> {
  const incoming = (c.env as { incoming?: IncomingMessage } | undefined)?.incoming;
  if (incoming) return { [Symbol.asyncIterator]: () => incoming.iterator({ destroyOnReturn: false }) };
  return c.req.raw.body ?? nothing();
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** A stream of which somebody has already seen that it has a first byte. */
export interface BegunBody {
  readonly isEmpty: boolean;
  /** All of it, from the first byte. To be iterated once. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Waits for the first byte, or for the end, so that nothing is made for a body that has none. */
export async function begin(body: AsyncIterable<Uint8Array>): Promise<BegunBody> {
  const iterator = body[Symbol.asyncIterator]();
  let first = await iterator.next();
  while (!first.done && first.value.byteLength === 0) first = await iterator.next();
  if (first.done) return { isEmpty: true, bytes: nothing() };
  const { value } = first;
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      yield value;
      yield* { [Symbol.asyncIterator]: () => iterator };
    } finally {
      await iterator.return?.();
    }
  }
  return { isEmpty: false, bytes: all() };
}
