import type { Database } from './database.ts';
import { S3Error } from './s3-error.ts';

export interface Bucket {
  name: string;
  createdAtMs: number;
  /** JSON of cors.ts's rules */
  cors: string | null;
}

const COLUMNS = 'name, created_at as createdAtMs, cors';

/** The buckets' rows. */
export class Buckets {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** False when it was there already. InvalidBucketName for a name that no cloud would take. */
  create(name: string): boolean {
    if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) throw new S3Error('InvalidBucketName');
    const sql = 'insert into bucket (name, created_at) values (?, ?) on conflict do nothing';
    return this.#database.run(sql, name, Date.now()) > 0;
  }

  find(name: string): Bucket | undefined {
    return this.#database.get<Bucket>(`select ${COLUMNS} from bucket where name = ?`, name);
  }

  require(name: string): Bucket {
    const bucket = this.find(name);
    if (!bucket) throw new S3Error('NoSuchBucket');
    return bucket;
  }

  list(): Bucket[] {
    return this.#database.all<Bucket>(`select ${COLUMNS} from bucket order by name`);
  }

  setCors(name: string, cors: string | null): void {
    this.#database.run('update bucket set cors = ? where name = ?', cors, name);
  }

  /** BucketNotEmpty while it has objects or unfinished uploads. */
  remove(name: string): void {
    const used = this.#database.get(
      'select 1 from object where bucket = ?1 union all select 1 from upload where bucket = ?1 limit 1',
      name,
    );
    if (used) throw new S3Error('BucketNotEmpty');
    this.#database.run('delete from bucket where name = ?', name);
  }
}
