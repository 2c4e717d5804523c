/** The caller's stream failed, or was given up; `cause` is its own error. */
export class BrokenStream extends Error {
  override readonly name = 'BrokenStream';

  constructor(cause: unknown) {
    super('the stream broke', { cause });
  }
}

/**
 * Cuts a stream into parts of one size; the last may be shorter, and a stream without a byte has none. Reads on only
 * when the next part is asked for. Every part has memory of its own: a request that was given up may still be sending.
 *
 * @param signal gives the stream up, even while it keeps silent
 * Throws BrokenStream.
 */
export async function* readParts(
  body: AsyncIterable<Uint8Array>,
  partSizeBytes: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  let part = Buffer.allocUnsafeSlow(partSizeBytes);
  let filledBytes = 0;
  for await (const chunk of chunksOf(body, signal)) {
    for (let at = 0; at < chunk.byteLength; ) {
      const taken = chunk.subarray(at, at + partSizeBytes - filledBytes);
      part.set(taken, filledBytes);
      filledBytes += taken.byteLength;
      at += taken.byteLength;
      if (filledBytes < partSizeBytes) continue;
      yield part;
      part = Buffer.allocUnsafeSlow(partSizeBytes);
      filledBytes = 0;
    }
  }
  if (filledBytes > 0) yield part.subarray(0, filledBytes);
}

async function* chunksOf(body: AsyncIterable<Uint8Array>, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await nextUnlessAborted(iterator, signal).catch((cause: unknown) => {
        throw new BrokenStream(cause);
      });
      if (done) return;
      yield value;
    }
  } finally {
    // Not waited for: a stream that keeps silent would not answer this either.
    Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

function nextUnlessAborted(
  iterator: AsyncIterator<Uint8Array>,
  signal?: AbortSignal,
): Promise<IteratorResult<Uint8Array>> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const onAbort = () => reject(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    iterator
      .next()
      .then(resolve, reject)
      .finally(() => signal?.removeEventListener('abort', onAbort));
  });
}
