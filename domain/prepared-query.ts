import { hash } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { RawBuilder } from 'kysely';

/**
 * Runs a query as a named statement, which each connection of the pool plans once and keeps: planning costs several
 * times what it takes to run a read by id. For the few hot reads, with as many texts as the code can write and no more:
 * values go in as parameters, never as text.
 *
 * Inside a transaction the query runs on it, unnamed.
 */
export async function preparedRows<Row>(em: EntityManager, query: RawBuilder<Row>): Promise<Row[]> {
  const kysely = em.getKysely();
  if (em.isInTransaction()) return (await query.execute(kysely)).rows;
  const { sql: text, parameters } = query.compile(kysely);
  const pool = await em.getConnection().getNativeClient();
  // The same name for another text is an error, so the text makes the name; Postgres takes 63 characters.
  const name = hash('sha256', text).slice(0, 32);
  const { rows } = await pool.query({ name, text, values: [...parameters] });
  return rows;
}
