import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { ArchiveSource } from '#providers/archive/archive-reader.ts';
import type { ObjectStore } from '#providers/storage/object-store.ts';
import { isStorageError } from '#providers/storage/storage-errors.ts';

/** Read at once: a connection that lasted as long as an entry takes to be stored would be cut while it waits. */
const CHUNK_BYTES = 4 * 1024 ** 2;
/** A body that breaks is asked for again; what lasts longer is for the job to wait for. */
const TRIES = 3;

/** The archive as it was when it arrived: each read names the ETag, so a swapped one is noticed (R11). */
export interface StoredArchive {
  readonly key: string;
  readonly etag: string;
  readonly sizeBytes: number;
}

/**
 * An archive in storage, read by ranges. Reads fail with StorageError: `object_changed`, `object_not_found`, or whatever
 * storage suffers from.
 */
export function archiveSource(
  sources: ObjectStore,
  archive: StoredArchive,
  signal: AbortSignal,
): ArchiveSource {
  return {
    sizeBytes: archive.sizeBytes,
    read: (start, end) => Promise.resolve(Readable.from(chunks(start, end), { objectMode: false })),
  };

  async function* chunks(start: number, end: number): AsyncGenerator<Buffer> {
    for (let at = start; at <= end; at += CHUNK_BYTES)
      yield await chunk({ start: at, end: Math.min(at + CHUNK_BYTES - 1, end) });
  }

  async function chunk(range: { start: number; end: number }): Promise<Buffer> {
    for (let tryNumber = 1; ; tryNumber += 1) {
      try {
        const { body } = await sources.get(archive.key, { range, ifMatch: archive.etag, signal });
        return await buffer(body);
      } catch (error) {
        const isFinal = isStorageError(error, 'object_changed', 'object_not_found', 'range_not_satisfiable');
        if (isFinal || signal.aborted || tryNumber === TRIES) throw error;
      }
    }
  }
}
