import type { Readable } from 'node:stream';
import { DataStore, Upload } from '@tus/server';
import type { Context } from '#domain/context.ts';
import { cancelUpload } from '#domain/upload/cancel-upload.ts';
import type { ExpectedDigest } from '#domain/upload/tus-digest.ts';
import { receiveTus } from '#domain/upload/tus-receive.ts';
import { declareTusLength, readTusUpload, type TusUpload } from '#domain/upload/tus-upload.ts';
import type { TusSpool } from '#providers/storage/tus-spool.ts';

/** The extensions that are spoken here. Not concatenation: its clients open many uploads for one file. */
export const TUS_EXTENSIONS = [
  'creation',
  'creation-with-upload',
  'creation-defer-length',
  'expiration',
  'termination',
  'checksum',
] as const;

/** What the protocol's server asks its store, answered by the verbs, for one request. Ids are those of sessions. */
export class SessionStore extends DataStore {
  override extensions: string[] = [...TUS_EXTENSIONS];
  readonly #context: Context;
  readonly #spool: TusSpool;
  readonly #expected: ExpectedDigest | undefined;
  readonly #begin: (upload: Upload) => Promise<void>;
  #seen: TusUpload | undefined;

  /** @param begin stores a new upload; only asked for a POST */
  constructor(
    context: Context,
    options: {
      spool: TusSpool;
      expected: ExpectedDigest | undefined;
      begin: (upload: Upload) => Promise<void>;
    },
  ) {
    super();
    this.#context = context;
    this.#spool = options.spool;
    this.#expected = options.expected;
    this.#begin = options.begin;
  }

  /** The upload as it was when the protocol asked for it, under the lock. */
  get seen(): TusUpload | undefined {
    return this.#seen;
  }

  override async create(upload: Upload): Promise<Upload> {
    await this.#begin(upload);
    return upload;
  }

  override async getUpload(id: string): Promise<Upload> {
    const seen = await readTusUpload(this.#context, id);
    this.#seen = seen;
    return new Upload({
      id,
      offset: seen.offsetBytes,
      ...(seen.sizeBytes !== null && { size: seen.sizeBytes }),
      ...(Object.keys(seen.metadata).length > 0 && { metadata: { ...seen.metadata } }),
    });
  }

  override async write(body: Readable, sessionId: string, offsetBytes: number): Promise<number> {
    // A client that repeats its last request after everything went well is told so again.
    if (this.#seen?.isCompleted) return offsetBytes;
    return receiveTus(this.#context, {
      sessionId,
      offsetBytes,
      body,
      expected: this.#expected,
      spool: this.#spool,
    });
  }

  override declareUploadLength(sessionId: string, sizeBytes: number): Promise<void> {
    return declareTusLength(this.#context, { sessionId, sizeBytes });
  }

  override async remove(sessionId: string): Promise<void> {
    await cancelUpload(this.#context, { sessionId });
  }
}
