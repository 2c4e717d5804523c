import pg from 'pg';
import { type DatabaseAddress, poolOptions } from './database-address.ts';

const CONNECT_MAX_MS = 10_000;

/**
 * Connections outside the ORM: for the job queue, the migrator and LISTEN. Nothing connects before the first query. A
 * connection that the server drops is replaced; whoever was using it gets the error of his own query.
 *
 * @param max connections at most (R21)
 */
export function openPool(database: DatabaseAddress, max: number): pg.Pool {
  const pool = new pg.Pool({ ...poolOptions(database), max, connectionTimeoutMillis: CONNECT_MAX_MS });
  // Without listeners a lost connection ends the process.
  pool.on('error', ignore);
  pool.on('connect', (client) => client.on('error', ignore));
  return pool;
}

/** One connection of its own, connected. The caller ends it. */
export async function openClient(database: DatabaseAddress): Promise<pg.Client> {
  const client = new pg.Client({ ...poolOptions(database), connectionTimeoutMillis: CONNECT_MAX_MS });
  client.on('error', ignore);
  await client.connect();
  return client;
}

function ignore(): void {}
