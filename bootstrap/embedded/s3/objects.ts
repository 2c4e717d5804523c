import type { Database } from './database.ts';

/** A stretch of an object's bytes: the whole of it, or what was a part of a multipart upload. */
export interface Piece {
  sizeBytes: number;
  file: string;
}

export interface StoredObject {
  id: number;
  key: string;
  sizeBytes: number;
  /** without quotes */
  etag: string;
  modifiedAtMs: number;
  /** JSON of the headers that a read gives back */
  headers: string;
}

export type NewObject = Omit<StoredObject, 'id' | 'modifiedAtMs' | 'sizeBytes'> & {
  pieces: readonly Piece[];
};

const COLUMNS = 'id, key, size as sizeBytes, etag, modified_at as modifiedAtMs, headers';

/** The objects' rows. A row is there whole or not at all, and its pieces' files were synced before it. */
export class Objects {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  find(bucket: string, key: string): StoredObject | undefined {
    const sql = `select ${COLUMNS} from object where bucket = ? and key = ?`;
    return this.#database.get<StoredObject>(sql, bucket, key);
  }

  pieces(objectId: number): Piece[] {
    const sql = 'select size as sizeBytes, file from piece where object_id = ? order by position';
    return this.#database.all<Piece>(sql, objectId);
  }

  /** Those after `after` (exclusive) in the order of the keys' UTF-8 bytes, from `prefix` on. */
  from(bucket: string, after: string, prefix: string): Iterable<StoredObject> {
    const sql = `select ${COLUMNS} from object where bucket = ? and key > ? and key >= ? order by key`;
    return this.#database.iterate<StoredObject>(sql, bucket, after, prefix);
  }

  /** Replaces what was under the key. Runs inside the caller's transaction; gives the files that became free. */
  put(bucket: string, object: NewObject): { stored: StoredObject; freedFiles: string[] } {
    const freedFiles = this.remove(bucket, object.key)?.freedFiles ?? [];
    const sizeBytes = object.pieces.reduce((sum, piece) => sum + piece.sizeBytes, 0);
    const stored = this.#database.get<StoredObject>(
      `insert into object (bucket, key, size, etag, modified_at, headers) values (?, ?, ?, ?, ?, ?)
       returning ${COLUMNS}`,
      bucket,
      object.key,
      sizeBytes,
      object.etag,
      Date.now(),
      object.headers,
    );
    if (!stored) throw new Error('The insert returned no row');
    object.pieces.forEach((piece, position) => {
      const sql = 'insert into piece (object_id, position, size, file) values (?, ?, ?, ?)';
      this.#database.run(sql, stored.id, position, piece.sizeBytes, piece.file);
    });
    return { stored, freedFiles };
  }

  /** Undefined when there was nothing. */
  remove(bucket: string, key: string): { removed: StoredObject; freedFiles: string[] } | undefined {
    const removed = this.find(bucket, key);
    if (!removed) return undefined;
    const freedFiles = this.pieces(removed.id).map((piece) => piece.file);
    this.#database.run('delete from object where id = ?', removed.id);
    return { removed, freedFiles };
  }
}
