import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

// Full synchronisation: the file of an overwritten object is unlinked right after the commit, so a commit that a
// power cut could undo would leave a row without its bytes. The exclusive lock keeps a second server out of the
// directory (its sweep would take this one's uploads for leftovers); the kernel frees it with the process.
const PRAGMAS = `
  pragma locking_mode = exclusive;
  pragma journal_mode = wal;
  pragma synchronous = full;
  pragma foreign_keys = on;
`;

const SCHEMA = `
  create table if not exists bucket (name text primary key, created_at integer not null, cors text) strict;
  create table if not exists object (
    id integer primary key, bucket text not null references bucket, key text not null, size integer not null,
    etag text not null, modified_at integer not null, headers text not null, unique (bucket, key)) strict;
  create table if not exists piece (
    object_id integer not null references object on delete cascade, position integer not null,
    size integer not null, file text not null, primary key (object_id, position)) strict, without rowid;
  create table if not exists upload (
    id text primary key, bucket text not null references bucket, key text not null, headers text not null,
    initiated_at integer not null) strict;
  create table if not exists part (
    upload_id text not null references upload on delete cascade, number integer not null, size integer not null,
    etag text not null, modified_at integer not null, checksum text, file text not null,
    primary key (upload_id, number)) strict, without rowid;
  create table if not exists completed_upload (
    id text primary key, bucket text not null, key text not null, etag text not null,
    completed_at integer not null) strict;
`;

/** A SQLite file: typed reads, cached statements, transactions. All calls are synchronous. */
export class Database {
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** Throws when another process holds the file. */
  constructor(path: string) {
    this.#connection = new DatabaseSync(path);
    try {
      this.#connection.exec(PRAGMAS);
      this.#connection.exec(SCHEMA);
    } catch (error) {
      this.#connection.close();
      throw error;
    }
  }

  /** Rows as the query's column list names them; the caller states their type. */
  all<Row>(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#statement(sql).all(...values) as Row[];
  }

  get<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#statement(sql).get(...values) as Row | undefined;
  }

  /** Rows one by one; the caller must not write before it has finished. */
  iterate<Row>(sql: string, ...values: SQLInputValue[]): Iterable<Row> {
    return this.#connection.prepare(sql).iterate(...values) as Iterable<Row>;
  }

  /** How many rows changed. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }

  transaction<Result>(work: () => Result): Result {
    this.#connection.exec('begin immediate');
    try {
      const result = work();
      this.#connection.exec('commit');
      return result;
    } catch (error) {
      this.#connection.exec('rollback');
      throw error;
    }
  }

  close(): void {
    this.#connection.close();
  }

  #statement(sql: string): StatementSync {
    const cached = this.#statements.get(sql);
    if (cached) return cached;
    const statement = this.#connection.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}
