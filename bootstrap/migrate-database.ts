import { Logger, runMigrations } from 'graphile-worker';
import type { DatabaseAddress } from './database-address.ts';
import { openOrm } from './orm.ts';
import { openClient, openPool } from './postgres-pool.ts';

/** Any constant: one migrator at a time, whatever the number of replicas that start at once. */
const MIGRATION_LOCK = 7_214_001;

/** What a migrator holds at once: the lock, the queue's migrations, the ORM's. */
export const MIGRATOR_CONNECTIONS = { lock: 1, queue: 1, orm: 2 } as const;

/**
 * Brings the database to this release's schema, the job queue's included. Safe to run twice and by two at once.
 *
 * @returns names of the migrations that ran
 */
export async function migrateDatabase(database: DatabaseAddress): Promise<string[]> {
  const lock = await openClient(database);
  try {
    await lock.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const pool = openPool(database, MIGRATOR_CONNECTIONS.queue);
    try {
      await runMigrations({ pgPool: pool, logger: new Logger(() => () => undefined) });
    } finally {
      await pool.end();
    }
    const orm = await openOrm(database, MIGRATOR_CONNECTIONS.orm);
    try {
      return (await orm.migrator.up()).map((migration) => migration.name);
    } finally {
      await orm.close(true);
    }
  } finally {
    await lock.end();
  }
}

/**
 * Names of the migrations that this release has and the database lacks. Changes nothing: a role that serves may not have
 * the right to (its database login may not own the tables).
 */
export async function pendingMigrations(database: DatabaseAddress): Promise<string[]> {
  const orm = await openOrm(database, 1);
  try {
    const tables = await orm.em.fork().execute<{ orm: boolean; queue: boolean }[]>(
      `select to_regclass('mikro_orm_migrations') is not null as orm,
         to_regclass('graphile_worker.migrations') is not null as queue`,
    );
    // Asked without its table, the migrator would make it.
    if (!tables[0]?.orm || !tables[0].queue) return ['all'];
    return (await orm.migrator.getPending()).map((migration) => migration.name);
  } finally {
    await orm.close(true);
  }
}
