import { Readable } from 'node:stream';
import type { ObjectStore, StoredPart } from '#providers/storage/object-store.ts';

/** One PUT takes no more (Amazon S3 quotas, and every server that follows them). */
const SINGLE_PUT_BYTES_MAX = 5 * 1024 ** 3;
const PART_BYTES = 64 * 1024 ** 2;

/**
 * Stores a stream of any length: whole or not at all, by parts where one PUT does not take it. Parts are held in memory,
 * one at a time.
 *
 * @param limits for tests
 * Throws StorageError, what `body` throws, and the signal's reason.
 */
export async function putLong(
  store: ObjectStore,
  key: string,
  body: AsyncIterable<Uint8Array>,
  options: { contentType: string; cacheControl: string; sizeBytes: number; signal: AbortSignal },
  limits = { singlePutBytesMax: SINGLE_PUT_BYTES_MAX, partBytes: PART_BYTES },
): Promise<void> {
  if (options.sizeBytes <= limits.singlePutBytesMax) {
    await store.put(key, Readable.from(body), options);
    return;
  }
  const { contentType, cacheControl, signal } = options;
  const uploadId = await store.createMultipart(key, { contentType, cacheControl });
  try {
    const parts: StoredPart[] = [];
    for await (const part of inParts(body, limits.partBytes))
      parts.push(await store.putPart(key, uploadId, parts.length + 1, part, { signal }));
    await store.completeMultipart(key, uploadId, parts);
  } catch (error) {
    await store.abortMultipart(key, uploadId).catch(() => undefined);
    throw error;
  }
}

async function* inParts(body: AsyncIterable<Uint8Array>, partBytes: number): AsyncGenerator<Buffer> {
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  for await (const chunk of body)
    for (let rest = chunk; rest.length > 0; ) {
      const taken = rest.subarray(0, partBytes - waitingBytes);
      rest = rest.subarray(taken.length);
      waiting.push(taken);
      waitingBytes += taken.length;
      if (waitingBytes < partBytes) continue;
      yield Buffer.concat(waiting);
      waiting = [];
      waitingBytes = 0;
    }
  if (waitingBytes > 0) yield Buffer.concat(waiting);
}
