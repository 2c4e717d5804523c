import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { DatabaseAddress } from './database-address.ts';
import { databaseProblem } from './database-problem.ts';
import { pendingMigrations } from './migrate-database.ts';
import { openClient } from './postgres-pool.ts';
import { StartFailure } from './start-failure.ts';

/** `nulls not distinct`, on which the schema relies, came with Postgres 15. */
const OLDEST_VERSION = 150_000;
const LISTEN_MAX_MS = 5000;

/**
 * Tries everything that a role asks of Postgres: to be let in, its version, and that LISTEN hears (R21).
 *
 * @param options.listenMaxMs how long a notification may take
 * @throws StartFailure with one line that says what to do
 */
export async function checkDatabase(
  database: DatabaseAddress,
  { listenMaxMs = LISTEN_MAX_MS } = {},
): Promise<void> {
  const client = await connect(database);
  try {
    const { rows } = await client.query("select current_setting('server_version_num')::int as version");
    if (rows[0].version < OLDEST_VERSION) {
      throw new StartFailure(
        `Postgres ${Math.floor(rows[0].version / 10_000)} is too old; 15 or later is needed.`,
      );
    }
    if (!(await hears(client, database, listenMaxMs))) {
      throw new StartFailure(
        'DATABASE_URL leads to a pooler in transaction mode, through which LISTEN hears nothing; use the direct address, or the pooler in session mode.',
      );
    }
  } finally {
    await client.end();
  }
}

/**
 * Refuses a database that is behind this release; roles that serve do not migrate.
 *
 * @throws StartFailure
 */
export async function checkMigrations(database: DatabaseAddress): Promise<void> {
  const pending = await pendingMigrations(database);
  if (pending.length === 0) return;
  const what =
    pending[0] === 'all' ? 'is empty' : `lacks ${pending.length} migration${pending.length === 1 ? '' : 's'}`;
  throw new StartFailure(`The database ${what}: run \`npm run migrate\` first.`);
}

/** Runs `work` against the database; an error of connecting becomes a StartFailure. */
export async function explainDatabase<T>(database: DatabaseAddress, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const problem = databaseProblem(cause, database);
    if (problem === undefined) throw cause;
    throw new StartFailure(problem, { cause });
  }
}

function connect(database: DatabaseAddress): Promise<pg.Client> {
  return explainDatabase(database, () => openClient(database));
}

/** True when a notification by another connection arrives: behind a transaction-mode pooler LISTEN itself succeeds. */
async function hears(listener: pg.Client, database: DatabaseAddress, maxMs: number): Promise<boolean> {
  const channel = `sluice_start_${randomBytes(8).toString('hex')}`;
  const heard = new Promise<true>((resolve) => {
    listener.on('notification', (notification) => {
      if (notification.channel === channel) resolve(true);
    });
  });
  const notifier = await connect(database);
  let timer: NodeJS.Timeout | undefined;
  try {
    await listener.query(`listen ${channel}`);
    await notifier.query(`notify ${channel}`);
    // Counted from here: making a connection may take longer than this on a busy machine.
    const tooLate = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), maxMs);
    });
    return await Promise.race([heard, tooLate]);
  } finally {
    clearTimeout(timer);
    await notifier.end();
  }
}
