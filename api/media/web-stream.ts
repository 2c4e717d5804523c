import type { Readable } from 'node:stream';

/**
 * A stream of Node as the body of an answer: read as fast as the client takes it, destroyed when the client goes away,
 * which frees the connection to storage. Node's own `Readable.toWeb` throws where nobody can catch it when the client
 * leaves while a chunk is on its way, and that ends the process.
 */
export function webStream(source: Readable): ReadableStream<Uint8Array> {
  const chunks: AsyncIterator<Uint8Array> = source[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await chunks.next();
        if (next.done) controller.close();
        else controller.enqueue(next.value);
      },
      cancel() {
        source.destroy();
      },
    },
    // What waits for the client waits in the source.
    { highWaterMark: 0 },
  );
}
