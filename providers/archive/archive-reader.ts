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
  /** As readable text, whatever its encoding was; may hold anything, `..` and NUL too. */
  readonly name: string;
  readonly isFolder: boolean;
  /** It stands for another file: its bytes are a path. */
  readonly isLink: boolean;
  readonly isEncrypted: boolean;
  /** False for a compression that this reader cannot undo. */
  readonly isReadable: boolean;
  /** What is wrong with its record in the directory, in words; null when nothing is. Such an entry cannot be opened. */
  readonly damage: string | null;
  readonly packedBytes: number;
  readonly unpackedBytes: number;
}

/**
 * `damaged`: no archive, or not a whole one; of an entry, other bytes than its checksum and length say.
 * `overlapping`: entries share bytes, which only an archive made to swell does. `oversized`: more came out of an entry
 * than the directory says.
 */
export type ArchiveErrorCode = 'damaged' | 'too_many_entries' | 'overlapping' | 'oversized';

export interface OpenArchive {
  readonly entries: readonly ArchiveEntry[];
  /**
   * The entry's bytes, unpacked as they are read, CRC-32 and length checked at the end. Rejects, or the stream fails,
   * with ArchiveError `damaged` or `oversized`; errors of the source pass as they are.
   */
  open(entry: ArchiveEntry): Promise<Readable>;
}

/** Reads archives without ever holding one. */
export interface ArchiveReader {
  /**
   * Reads the directory. Rejects with an error whose `name` is `ArchiveError` and whose `code` is an ArchiveErrorCode;
   * errors of the source pass as they are.
   */
  open(source: ArchiveSource, limits: { maxEntries: number }): Promise<OpenArchive>;
}
