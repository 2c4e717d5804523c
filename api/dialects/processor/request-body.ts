import type { IncomingMessage } from 'node:http';
import type { Context } from 'hono';
import type { ApiEnvironment } from '#api/environment.ts';
import { MalformedRequest } from '#api/problems/refusal-of-error.ts';

/**
 * The bytes of a request as they come, read only as fast as they are taken. Where there is a socket they come from Node's
 * own stream: hono's Request would put a web stream between, which begins to read by itself as soon as it is looked at.
 * Whoever stops early leaves the rest to the server, which answers first and then hangs up.
 *
 * The iteration throws MalformedRequest when the client goes away before the end.
 */
export async function* requestBody(c: Context<ApiEnvironment>): AsyncGenerator<Uint8Array, void, void> {
  const incoming = (c.env as { incoming?: IncomingMessage } | undefined)?.incoming;
  try {
    yield* incoming?.iterator({ destroyOnReturn: false }) ?? c.req.raw.body ?? [];
  } catch (cause) {
    throw new MalformedRequest('The body did not arrive whole.', { cause });
  }
}

/** A stream of which the first byte, or the end, has been seen. */
export interface BegunStream {
  readonly isEmpty: boolean;
  /** All of it, from the first byte. To be iterated once. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Says that nobody reads on. Not waited for: a stream that keeps silent would not answer. */
  close(): void;
}

/** Waits for the first byte or for the end, so that nothing is made for a body that has none. */
export async function begin(body: AsyncIterable<Uint8Array>): Promise<BegunStream> {
  const iterator = body[Symbol.asyncIterator]();
  let first = await iterator.next();
  while (!first.done && first.value.byteLength === 0) first = await iterator.next();
  const close = () => void Promise.resolve(iterator.return?.()).catch(() => undefined);
  let isFirst = true;
  return {
    isEmpty: first.done === true,
    close,
    bytes: {
      [Symbol.asyncIterator]: () => ({
        next() {
          if (!isFirst) return iterator.next();
          isFirst = false;
          return Promise.resolve(first);
        },
        return() {
          close();
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    },
  };
}

/** The same stream up to `maxBytes`; what `refusal` makes is thrown at the first byte beyond. */
export async function* atMost(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
  refusal: () => Error,
): AsyncGenerator<Uint8Array, void, void> {
  let readBytes = 0;
  for await (const chunk of body) {
    readBytes += chunk.byteLength;
    if (readBytes > maxBytes) throw refusal();
    yield chunk;
  }
}
