import { runMigrations } from 'graphile-worker';
import pg from 'pg';
import { type DatabaseAddress, poolOptions } from './database-address.ts';
import { openOrm } from './orm.ts';

/** Any constant: one migrator at a time, whatever the number of replicas that start at once. */
const MIGRATION_LOCK = 7_214_001;

/**
 * Brings the database to this release's schema, the job queue's included. Safe to run twice and by two at once.
 *
 * @returns names of the migrations that ran
 */
export async function migrateDatabase(database: DatabaseAddress): Promise<string[]> {
  const client = new pg.Client(poolOptions(database));
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const pool = new pg.Pool({ ...poolOptions(database), max: 1 });
    try {
      await runMigrations({ pgPool: pool });
    } finally {
      await pool.end();
    }
    const orm = await openOrm(database, 2);
    try {
      return (await orm.migrator.up()).map((migration) => migration.name);
    } finally {
      await orm.close(true);
    }
  } finally {
    await client.end();
  }
}
