import { randomBytes } from 'node:crypto';
import type { Database } from './database.ts';
import { S3Error } from './s3-error.ts';

export interface Upload {
  id: string;
  key: string;
  headers: string;
  initiatedAtMs: number;
}

export interface Part {
  number: number;
  sizeBytes: number;
  /** without quotes */
  etag: string;
  modifiedAtMs: number;
  /** `<header name>:<base64>` of the checksum the client sent with it */
  checksum: string | null;
  file: string;
}

const COMPLETED_KEPT_MS = 7 * 86_400_000;
const UPLOAD_COLUMNS = 'id, key, headers, initiated_at as initiatedAtMs';
const PART_COLUMNS = 'number, size as sizeBytes, etag, modified_at as modifiedAtMs, checksum, file';

/** The rows of multipart uploads, of their parts, and for a week the ids of completed ones. */
export class Uploads {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The new id. Ids sort by time, so that (key, id) is the order in which uploads are listed. */
  create(bucket: string, key: string, headers: string): string {
    const nowMs = Date.now();
    const id = nowMs.toString(16).padStart(12, '0') + randomBytes(16).toString('hex');
    const sql = 'insert into upload (id, bucket, key, headers, initiated_at) values (?, ?, ?, ?, ?)';
    this.#database.run(sql, id, bucket, key, headers, nowMs);
    return id;
  }

  require(id: string, bucket: string, key: string): Upload {
    const upload = this.#find(id, bucket, key);
    if (!upload) throw new S3Error('NoSuchUpload');
    return upload;
  }

  /** Those of a bucket by key, then by age. */
  list(bucket: string): Iterable<Upload> {
    const sql = `select ${UPLOAD_COLUMNS} from upload where bucket = ? order by key, id`;
    return this.#database.iterate<Upload>(sql, bucket);
  }

  parts(id: string): Part[] {
    return this.#database.all<Part>(
      `select ${PART_COLUMNS} from part where upload_id = ? order by number`,
      id,
    );
  }

  /** Replaces a part of the same number; gives the file that became free. Inside the caller's transaction. */
  putPart(id: string, part: Omit<Part, 'modifiedAtMs'>): string[] {
    const old = this.#database.all<{ file: string }>(
      'select file from part where upload_id = ? and number = ?',
      id,
      part.number,
    );
    this.#database.run(
      `insert or replace into part (upload_id, number, size, etag, modified_at, checksum, file)
       values (?, ?, ?, ?, ?, ?, ?)`,
      id,
      part.number,
      part.sizeBytes,
      part.etag,
      Date.now(),
      part.checksum,
      part.file,
    );
    return old.map((row) => row.file);
  }

  remove(id: string): void {
    this.#database.run('delete from upload where id = ?', id);
  }

  rememberCompleted(id: string, bucket: string, key: string, etag: string): void {
    const sql = 'insert into completed_upload (id, bucket, key, etag, completed_at) values (?, ?, ?, ?, ?)';
    this.#database.run(sql, id, bucket, key, etag, Date.now());
  }

  /** The ETag that the upload's object was given. */
  completedEtag(id: string, bucket: string, key: string): string | undefined {
    const sql = 'select etag from completed_upload where id = ? and bucket = ? and key = ?';
    return this.#database.get<{ etag: string }>(sql, id, bucket, key)?.etag;
  }

  forgetOldCompleted(nowMs: number): void {
    this.#database.run('delete from completed_upload where completed_at < ?', nowMs - COMPLETED_KEPT_MS);
  }

  #find(id: string, bucket: string, key: string): Upload | undefined {
    const sql = `select ${UPLOAD_COLUMNS} from upload where id = ? and bucket = ? and key = ?`;
    return this.#database.get<Upload>(sql, id, bucket, key);
  }
}
