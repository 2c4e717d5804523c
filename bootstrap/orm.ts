import path from 'node:path';
import { Migrator } from '@mikro-orm/migrations';
import { defineConfig, MikroORM } from '@mikro-orm/postgresql';
import { ENTITIES } from '#domain/entities.ts';
import { type DatabaseAddress, poolOptions } from './database-address.ts';

export type Orm = MikroORM;

/** @param poolSize connections this process may hold for the ORM (R21) */
export function ormConfig(database: DatabaseAddress, poolSize: number) {
  const { connectionString, ssl } = poolOptions(database);
  return defineConfig({
    clientUrl: connectionString,
    driverOptions: { connectionTimeoutMillis: 10_000, ...(ssl && { ssl }) },
    entities: ENTITIES,
    extensions: [Migrator],
    pool: { min: 0, max: poolSize },
    allowGlobalContext: false,
    migrations: {
      path: path.resolve(import.meta.dirname, '../migrations'),
      emit: 'ts',
      snapshot: true,
      snapshotName: 'snapshot',
      transactional: true,
      // Each migration commits by itself: a new enum value cannot be used in the transaction that adds it.
      allOrNothing: false,
    },
  });
}

/** Opens the ORM. Does not connect: the first query does. */
export function openOrm(database: DatabaseAddress, poolSize: number): Promise<Orm> {
  return MikroORM.init(ormConfig(database, poolSize));
}
