import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import yauzl from 'yauzl';
import { ArchiveError } from './archive-error.ts';
import type { ArchiveReader, ArchiveSource } from './archive-reader.ts';
import { RangeWindow } from './range-window.ts';
import { unpackedBytes } from './unpacked-bytes.ts';
import { type DirectoryEntry, LOCAL_HEADER_BYTES, readDirectory } from './zip-directory.ts';

/** Signature of a local file header (APPNOTE 4.3.7). */
const LOCAL_SIGNATURE = 0x04034b50;

/** Reads ZIP and ZIP64. */
export function zipReader(): ArchiveReader {
  return {
    async open(source, { maxEntries }) {
      const window = new RangeWindow(source);
      const { start, entryCount } = await findDirectory(window);
      const entries = await readDirectory(window, { start, entryCount, maxEntries });
      refuseOverlaps(entries);
      return {
        entries,
        async open({ position }) {
          const entry = entries[position];
          if (!entry) throw new RangeError(`The archive has no entry ${position}`);
          return unpackedBytes(await packedBytes(source, entry, start), entry);
        },
      };
    },
  };
}

/** yauzl knows the ways in which an archive can end. */
async function findDirectory(window: RangeWindow): Promise<{ start: number; entryCount: number }> {
  try {
    const zip = await yauzl.fromRandomAccessReaderPromise(window, window.sizeBytes, {
      autoClose: false,
      decodeStrings: false,
    });
    // Its type says boolean; before the first entry is read it is the offset of the directory.
    return { start: Number(zip.readEntryCursor), entryCount: zip.entryCount };
  } catch (error) {
    if (window.failure) throw window.failure;
    throw new ArchiveError('damaged', error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}

/**
 * Entries that share bytes unpack to many times what was sent, whatever each of them declares (D. Fifield, "A better zip
 * bomb", 2019). Told from the directory alone: an entry has at least a local header and its packed bytes.
 */
function refuseOverlaps(entries: readonly DirectoryEntry[]): void {
  const inPlace = entries.filter(({ damage }) => damage === null);
  inPlace.sort((a, b) => a.localHeaderAt - b.localHeaderAt);
  let free = 0;
  for (const { localHeaderAt, packedBytes, position } of inPlace) {
    // By number: a name may hold what neither a database nor a terminal takes.
    if (localHeaderAt < free)
      throw new ArchiveError('overlapping', `Entry ${position} shares bytes with another`);
    free = localHeaderAt + LOCAL_HEADER_BYTES + packedBytes;
  }
}

/** The entry's bytes as they are in the archive. */
async function packedBytes(
  source: ArchiveSource,
  entry: DirectoryEntry,
  directoryStart: number,
): Promise<Readable> {
  const { localHeaderAt } = entry;
  if (entry.damage !== null) throw new ArchiveError('damaged', entry.damage);
  const header = await buffer(await source.read(localHeaderAt, localHeaderAt + LOCAL_HEADER_BYTES - 1));
  if (header.length < LOCAL_HEADER_BYTES || header.readUInt32LE(0) !== LOCAL_SIGNATURE)
    throw new ArchiveError('damaged', 'There is no entry where the directory says');
  const start = localHeaderAt + LOCAL_HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (start + entry.packedBytes > directoryStart)
    throw new ArchiveError('damaged', 'It reaches beyond the archive');
  return entry.packedBytes === 0 ? Readable.from([]) : source.read(start, start + entry.packedBytes - 1);
}
