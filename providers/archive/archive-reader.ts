import type { Readable } from 'node:stream';

/** Where an archive's bytes are: whatever can be read by ranges. */
export interface ArchiveSource {
  readonly sizeBytes: number;
  /** Bytes `start` to `end`, both inclusive. */
  read(start: number, end: number): Promise<Readable>;
}

/** One entry as the archive's directory tells it. Nothing of it is to be believed before it is unpacked. */
export interface ArchiveEntry {
  /** From 0, in the order of the directory. */
  readonly position: number;
  /** As readable text, whatever its encoding was; may hold anything, `..` too. */
  readonly name: string;
  readonly isFolder: boolean;
  readonly isEncrypted: boolean;
  /** False for a compression that this reader cannot undo. */
  readonly isReadable: boolean;
  readonly packedBytes: number;
  readonly unpackedBytes: number;
}

/** `damaged` for whatever is not a whole archive; the message says what. Its `name` is `ArchiveError`. */
export type ArchiveErrorCode = 'damaged' | 'too_many_entries' | 'not_an_archive';

export interface OpenArchive {
  readonly entries: readonly ArchiveEntry[];
  /**
   * The entry's bytes, unpacked as they are read, its CRC-32 and length checked at the end. The stream fails with
   * ArchiveError when they differ, or when more comes out than the directory says.
   */
  open(entry: ArchiveEntry): Promise<Readable>;
  close(): void;
}

/** Reads archives without ever holding one. */
export interface ArchiveReader {
  /** Reads the directory. Throws ArchiveError; errors of the source as they are. */
  open(source: ArchiveSource, limits: { maxEntries: number }): Promise<OpenArchive>;
}
