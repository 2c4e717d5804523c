import path from 'node:path';
import { Migrator } from '@mikro-orm/migrations';
import { defineConfig, MikroORM } from '@mikro-orm/postgresql';
import { CompiledQuery, type DatabaseConnection } from 'kysely';
import { ENTITIES } from '#domain/entities.ts';
import { type DatabaseAddress, poolOptions } from './database-address.ts';
import { returnLostConnections } from './lost-connections.ts';

export type Orm = MikroORM;

/** Verbs only ask the database inside a transaction: one that is silent for this long belongs to a stopped process. */
const SILENT_TRANSACTION_MAX_SECONDS = 30;

/** @param poolSize connections this process may hold for the ORM (R21) */
function ormConfig(database: DatabaseAddress, poolSize: number, onNotice: (message: string) => void) {
  const { connectionString, ssl } = poolOptions(database);
  return defineConfig({
    clientUrl: connectionString,
    driverOptions: {
      connectionTimeoutMillis: 10_000,
      onPoolCreated: returnLostConnections,
      ...(ssl && { ssl }),
    },
    // By SQL and not at connecting, because poolers refuse settings there that they do not know.
    onCreateConnection: async (connection) => {
      const limit = `set idle_in_transaction_session_timeout = '${SILENT_TRANSACTION_MAX_SECONDS}s'`;
      await (connection as DatabaseConnection).executeQuery(CompiledQuery.raw(limit));
    },
    entities: ENTITIES,
    extensions: [Migrator],
    pool: { min: 0, max: poolSize },
    allowGlobalContext: false,
    // Its own logger writes coloured lines to stdout, between ours.
    logger: onNotice,
    colors: false,
    migrations: {
      path: path.resolve(import.meta.dirname, '../migrations'),
      emit: 'ts',
      snapshot: true,
      snapshotName: 'snapshot',
      // Written with a new migration only: a running image never touches its own files.
      snapshotOnMigrate: false,
      transactional: true,
      silent: true,
      // Each migration commits by itself: a new enum value cannot be used in the transaction that adds it.
      allOrNothing: false,
    },
  });
}

/**
 * Opens the ORM. Does not connect: the first query does. A connection that is lost is replaced; whoever was using it gets
 * the error of his own query.
 *
 * @param onNotice told, in a line, of lost connections and the like
 */
export function openOrm(
  database: DatabaseAddress,
  poolSize: number,
  onNotice: (message: string) => void = () => undefined,
): Promise<Orm> {
  return MikroORM.init(ormConfig(database, poolSize, onNotice));
}
