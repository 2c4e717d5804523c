import fs from 'node:fs';
import path from 'node:path';
import { Buckets } from './buckets.ts';
import { DataFiles } from './data-files.ts';
import { Database } from './database.ts';
import { type NewObject, Objects, type StoredObject } from './objects.ts';
import { type Part, Uploads } from './uploads.ts';
import { checkWriteCondition, type WriteCondition } from './write-condition.ts';

/** Amazon S3 quotas: no part but the last may have less. */
const MIN_PART_BYTES = 5 * 1024 ** 2;

/**
 * Everything stored under one directory: rows in SQLite, bytes in files. Bytes are on the disk before the row
 * that names them commits, and are unlinked after the row that named them is gone.
 */
export class ObjectStore {
  readonly buckets: Buckets;
  readonly objects: Objects;
  readonly uploads: Uploads;
  readonly files: DataFiles;
  readonly minPartSizeBytes: number;
  readonly #database: Database;

  /**
   * Throws when another server works in the directory.
   *
   * @param minPartSizeBytes parts below it are refused when an upload is completed, except the last
   */
  constructor(directory: string, minPartSizeBytes: number = MIN_PART_BYTES) {
    this.minPartSizeBytes = minPartSizeBytes;
    fs.mkdirSync(directory, { recursive: true });
    this.#database = new Database(path.join(directory, 'index.sqlite'));
    this.buckets = new Buckets(this.#database);
    this.objects = new Objects(this.#database);
    this.uploads = new Uploads(this.#database);
    this.files = new DataFiles(path.join(directory, 'data'));
    this.files.sweep(this.#usedFiles());
    this.uploads.forgetOldCompleted(Date.now());
  }

  /** Puts a whole object in the place of the old one, if the condition holds (else PreconditionFailed). */
  putObject(bucket: string, object: NewObject, condition: WriteCondition): StoredObject {
    const { stored, freedFiles } = this.#commitOrFree(object.pieces, () => {
      this.buckets.require(bucket);
      checkWriteCondition(condition, this.objects.find(bucket, object.key));
      return this.objects.put(bucket, object);
    });
    this.files.free(freedFiles);
    return stored;
  }

  /** Undefined when there was nothing under the key. */
  removeObject(bucket: string, key: string): StoredObject | undefined {
    const result = this.#database.transaction(() => this.objects.remove(bucket, key));
    if (result) this.files.free(result.freedFiles);
    return result?.removed;
  }

  /** NoSuchUpload when the upload was aborted or completed while the part came in. */
  putPart(bucket: string, key: string, uploadId: string, part: Omit<Part, 'modifiedAtMs'>): void {
    const freedFiles = this.#commitOrFree([part], () => {
      this.uploads.require(uploadId, bucket, key);
      return this.uploads.putPart(uploadId, part);
    });
    this.files.free(freedFiles);
  }

  /** Turns parts into the object's pieces without copying a byte; parts that are not used are dropped. */
  completeUpload(
    bucket: string,
    uploadId: string,
    object: NewObject,
    condition: WriteCondition,
  ): StoredObject {
    const { stored, freedFiles } = this.#database.transaction(() => {
      this.uploads.require(uploadId, bucket, object.key);
      checkWriteCondition(condition, this.objects.find(bucket, object.key));
      const kept = new Set(object.pieces.map((piece) => piece.file));
      const dropped = this.uploads.parts(uploadId).filter((part) => !kept.has(part.file));
      const put = this.objects.put(bucket, object);
      this.uploads.remove(uploadId);
      this.uploads.rememberCompleted(uploadId, bucket, object.key, object.etag);
      this.uploads.forgetOldCompleted(Date.now());
      return { stored: put.stored, freedFiles: [...put.freedFiles, ...dropped.map((part) => part.file)] };
    });
    this.files.free(freedFiles);
    return stored;
  }

  abortUpload(bucket: string, key: string, uploadId: string): void {
    this.uploads.require(uploadId, bucket, key);
    const parts = this.uploads.parts(uploadId);
    this.uploads.remove(uploadId);
    this.files.free(parts.map((part) => part.file));
  }

  close(): void {
    this.#database.close();
  }

  /** Runs a transaction that takes over newly written files; they are removed when it does not commit. */
  #commitOrFree<Result>(written: readonly { file: string }[], work: () => Result): Result {
    try {
      return this.#database.transaction(work);
    } catch (error) {
      this.files.free(written.map(({ file }) => file));
      throw error;
    }
  }

  #usedFiles(): Set<string> {
    const rows = this.#database.all<{ file: string }>(
      'select file from piece union all select file from part',
    );
    return new Set(rows.map((row) => row.file));
  }
}
