import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Piece } from './objects.ts';

const READ_CHUNK_BYTES = 256 * 1024;
const WRITE_BUFFER_BYTES = 1024 * 1024;

/** What is written, as stream stages. */
export type PayloadStages = readonly [Readable, ...Transform[]];

/**
 * The bytes: one file per piece, with a random name, so that no key can name a path. A file is never changed
 * once written; a freed one stays until its last reader is done.
 */
export class DataFiles {
  readonly #directory: string;
  readonly #readers = new Map<string, number>();
  readonly #freedWhileRead = new Set<string>();

  constructor(directory: string) {
    this.#directory = directory;
    fs.mkdirSync(directory, { recursive: true });
  }

  /** Streams a payload to a new file and syncs it to the disk. When the payload fails nothing is left. */
  async write(stages: PayloadStages): Promise<string> {
    const file = randomUUID();
    const sink = fs.createWriteStream(this.#path(file), {
      flags: 'wx',
      flush: true,
      highWaterMark: WRITE_BUFFER_BYTES,
    });
    try {
      await pipeline([...stages, sink]);
      await this.#syncDirectory();
      return file;
    } catch (error) {
      this.free([file]);
      throw error;
    }
  }

  /** Keeps the pieces' files from being removed until the function it gives is called. */
  hold(pieces: readonly Piece[]): () => void {
    for (const { file } of pieces) this.#readers.set(file, (this.#readers.get(file) ?? 0) + 1);
    return () => {
      for (const { file } of pieces) this.#release(file);
    };
  }

  /** The bytes `start` to `end` (inclusive) of the pieces in a row. */
  async *read(pieces: readonly Piece[], start: number, end: number): AsyncGenerator<Buffer> {
    let pieceStart = 0;
    for (const piece of pieces) {
      const from = Math.max(0, start - pieceStart);
      const to = Math.min(piece.sizeBytes - 1, end - pieceStart);
      pieceStart += piece.sizeBytes;
      if (from <= to)
        yield* fs.createReadStream(this.#path(piece.file), {
          start: from,
          end: to,
          highWaterMark: READ_CHUNK_BYTES,
        });
    }
  }

  /** Removes files that no row names any more. */
  free(files: readonly string[]): void {
    for (const file of files)
      if (this.#readers.has(file)) this.#freedWhileRead.add(file);
      // What cannot be removed now is swept at the next start.
      else fs.rm(this.#path(file), { force: true }, () => undefined);
  }

  /** Removes every file that is not in use: what a crash left behind. */
  sweep(used: ReadonlySet<string>): void {
    for (const file of fs.readdirSync(this.#directory))
      if (!used.has(file)) fs.rmSync(this.#path(file), { force: true });
  }

  #release(file: string): void {
    const readers = (this.#readers.get(file) ?? 1) - 1;
    if (readers > 0) this.#readers.set(file, readers);
    else this.#readers.delete(file);
    if (readers === 0 && this.#freedWhileRead.delete(file)) this.free([file]);
  }

  #path(file: string): string {
    return path.join(this.#directory, file);
  }

  /** A synced file whose directory entry was not synced may be gone after a power cut. */
  async #syncDirectory(): Promise<void> {
    const handle = await fs.promises.open(this.#directory, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}
