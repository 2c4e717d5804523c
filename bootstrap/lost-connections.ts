import type { Pool, PoolClient } from 'pg';

/**
 * Gives connections that the server has dropped back to the pool, which then opens others. Kysely gives the connection
 * of a transaction back after its `commit` or `rollback` only, and on a dead connection both fail: without this each
 * restart of Postgres would cost the pool a place for every transaction that was under way, until none is left.
 */
export function returnLostConnections(pool: Pool): void {
  const taken = new Set<PoolClient>();
  pool.on('acquire', (client) => taken.add(client));
  pool.on('release', (_error, client) => taken.delete(client));
  pool.on('connect', (client) => {
    client.once('end', () => {
      if (!taken.has(client)) return;
      const { release } = client;
      // Whoever took it may still give it back, and the pool takes that amiss the second time.
      client.release = () => undefined;
      release(true);
    });
  });
}
