import { pipeline, Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { ArchiveError } from './archive-error.ts';
import type { DirectoryEntry } from './zip-directory.ts';

const CHUNK_BYTES = 64 * 1024;

/** @returns the entry's own bytes; the stream fails with ArchiveError when they are not what the directory says */
export function unpackedBytes(packed: Readable, entry: DirectoryEntry): Readable {
  return Readable.from(checked(entry.isDeflated ? inflated(packed) : packed, entry), { objectMode: false });
}

function inflated(packed: Readable): Readable {
  // Whoever reads is told of errors by the stream itself, which a pipeline destroys with them.
  return pipeline(packed, createInflateRaw({ chunkSize: CHUNK_BYTES }), () => undefined);
}

async function* checked(bytes: Readable, entry: DirectoryEntry): AsyncGenerator<Buffer> {
  let length = 0;
  let checksum = 0;
  try {
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > entry.unpackedBytes)
        throw new ArchiveError('oversized', `More than the declared ${entry.unpackedBytes} bytes come out`);
      checksum = crc32(chunk, checksum);
      yield chunk;
    }
  } catch (error) {
    throw isOfInflate(error) ? new ArchiveError('damaged', 'It cannot be unpacked', { cause: error }) : error;
  }
  if (length < entry.unpackedBytes)
    throw new ArchiveError('damaged', `It has ${length} bytes, not ${entry.unpackedBytes}`);
  if (checksum !== entry.checksum) throw new ArchiveError('damaged', 'Its checksum is wrong');
}

function isOfInflate(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}
