import type { Readable } from 'node:stream';
import type { SourceObject } from '../source-inspector.ts';

/** Bytes `start` to `end`, both inclusive. `end` left out: to the end of the object. */
export interface SourceRange {
  readonly start: number;
  readonly end?: number;
}

/** How long players and caches may keep what was written. */
export interface OutputOptions {
  readonly contentType: string;
  readonly cacheControl: string;
  readonly signal: AbortSignal;
}

/** Where sources come from and outputs go. FFmpeg itself never talks to storage. */
export interface MediaIo {
  /**
   * Opens a range of a source, pinned to its ETag. `sizeBytes` is that of the whole object. An error whose `code` is
   * `object_changed` or `object_not_found` ends the source; every other error is transient and tried again.
   */
  readSource(
    source: SourceObject,
    range: SourceRange,
    signal: AbortSignal,
  ): Promise<{ readonly body: Readable; readonly sizeBytes: number }>;

  /** Stores the whole object or nothing. */
  writeOutput(key: string, body: Uint8Array, options: OutputOptions): Promise<unknown>;

  /** As `writeOutput`, for what is too long to be held: exactly `sizeBytes` come out of `body`, once. */
  writeLongOutput(
    key: string,
    body: AsyncIterable<Uint8Array>,
    options: OutputOptions & { readonly sizeBytes: number },
  ): Promise<unknown>;

  /** Opens a range of what was written before. Errors as in `readSource`. */
  readOutput(
    key: string,
    range: SourceRange,
    signal: AbortSignal,
  ): Promise<{ readonly body: Readable; readonly sizeBytes: number }>;
}
