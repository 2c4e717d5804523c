/**
 * The same stream, ended as if it were whole when nothing has come for `idleMs`: a phone that left without a word would
 * keep its buffer and its lock until the end of the request, and what it has sent is as good as before.
 */
export function endedWhenIdle(body: ReadableStream<Uint8Array>, idleMs: number): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { promise: silent, resolve } = Promise.withResolvers<'silent'>();
        const timer = setTimeout(resolve, idleMs, 'silent' as const);
        try {
          const next = await Promise.race([reader.read(), silent]);
          if (next === 'silent') {
            controller.close();
            await reader.cancel();
          } else if (next.done) controller.close();
          else controller.enqueue(next.value);
        } finally {
          clearTimeout(timer);
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    // Nothing is read ahead: what is not asked for stays with its sender.
    { highWaterMark: 0 },
  );
}
