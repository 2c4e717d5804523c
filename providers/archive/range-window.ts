import { buffer } from 'node:stream/consumers';
import yauzl from 'yauzl';
import { ArchiveError } from './archive-error.ts';
import type { ArchiveSource } from './archive-reader.ts';

/** A directory of ten thousand entries has about this size: two or three requests instead of twenty thousand. */
const WINDOW_BYTES = 1024 ** 2;

/** Reads a source in windows and answers small reads from the last one. */
export class RangeWindow extends yauzl.RandomAccessReader {
  /** What the source failed with: yauzl passes errors on, but hides what kind they are among its own. */
  failure: Error | null = null;
  readonly #source: ArchiveSource;
  #start = 0;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(source: ArchiveSource) {
    super();
    this.#source = source;
  }

  get sizeBytes(): number {
    return this.#source.sizeBytes;
  }

  /** A copy of `length` bytes from `position`. Throws ArchiveError `damaged` where the source has none. */
  async bytes(position: number, length: number): Promise<Buffer> {
    const end = position + length;
    if (!Number.isSafeInteger(end) || position < 0 || end > this.sizeBytes)
      throw new ArchiveError('damaged', `It points to byte ${end} and has ${this.sizeBytes}`);
    if (length === 0) return Buffer.alloc(0);
    if (position < this.#start || end > this.#start + this.#bytes.length) await this.#move(position, length);
    const from = position - this.#start;
    return Buffer.from(this.#bytes.subarray(from, from + length));
  }

  async #move(position: number, length: number): Promise<void> {
    const size = Math.max(length, WINDOW_BYTES);
    // What is near the end is read with the end: most archives show their whole directory at once.
    const start = Math.max(0, Math.min(position, this.sizeBytes - size));
    const end = Math.min(this.sizeBytes, start + size);
    const bytes = await buffer(await this.#source.read(start, end - 1));
    if (bytes.length !== end - start)
      throw new ArchiveError('damaged', `The source has ${bytes.length} bytes where ${end - start} were due`);
    this.#start = start;
    this.#bytes = bytes;
  }

  /** How yauzl asks. */
  override read(
    target: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.bytes(position, length).then(
      (bytes) => {
        bytes.copy(target, offset);
        callback(null);
      },
      (error: Error) => {
        this.failure = error;
        callback(error);
      },
    );
  }
}
