/**
 * The same stream, ended as if it were whole when it breaks, or when nothing has come for `idleMs`. What has come by then
 * is as good as before, and to be stored to its last byte; a broken stream would take along what is still in buffers. And a
 * phone that left without a word would keep its buffer and its lock until the end of the request.
 */
export function endedWhenGone(body: ReadableStream<Uint8Array>, idleMs: number): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { promise: silent, resolve } = Promise.withResolvers<'gone'>();
        const timer = setTimeout(resolve, idleMs, 'gone' as const);
        const next = await Promise.race([reader.read().catch(() => 'gone' as const), silent]);
        clearTimeout(timer);
        if (next !== 'gone' && !next.done) return controller.enqueue(next.value);
        controller.close();
        await reader.cancel().catch(() => undefined);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    // Nothing is read ahead: what is not asked for stays with its sender.
    { highWaterMark: 0 },
  );
}
