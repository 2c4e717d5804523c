import type { Config } from './config.ts';
import { MIGRATOR_CONNECTIONS } from './migrate-database.ts';

/** What a process of Sluice can be. `standalone` is api and worker in one. */
export type Role = 'api' | 'worker' | 'standalone' | 'migrate';

/** The connections to Postgres that one process holds at its busiest (R21). */
export interface ConnectionCount {
  /** Of the ORM: requests, and what jobs read and write. */
  readonly orm: number;
  /** Of graphile-worker, its LISTEN included. */
  readonly queue: number;
  /** Held for as long as the process lives: LISTEN of an API, the presence by which a worker is known to be alive. */
  readonly held: number;
  readonly total: number;
}

/** One for each kind of job with slots of its own: short ones, moves in storage, calls to others, encodes (worker/). */
export const QUEUE_LISTENERS = 4;

/**
 * Counts the connections of one process. A stack has to find twice the sum over its instances (old and new overlap in a
 * deploy) and one migrator below the limit of its database.
 */
export function connectionsOf(role: Role, config: Pick<Config, 'DATABASE_POOL_SIZE'>): ConnectionCount {
  const pool = config.DATABASE_POOL_SIZE;
  const counts = {
    api: { orm: pool, queue: 0, held: 1 },
    worker: { orm: pool, queue: pool + QUEUE_LISTENERS, held: 1 },
    standalone: { orm: pool, queue: pool + QUEUE_LISTENERS, held: 2 },
    migrate: {
      orm: MIGRATOR_CONNECTIONS.orm,
      queue: MIGRATOR_CONNECTIONS.queue,
      held: MIGRATOR_CONNECTIONS.lock,
    },
  } as const satisfies Record<Role, Omit<ConnectionCount, 'total'>>;
  const { orm, queue, held } = counts[role];
  return { orm, queue, held, total: orm + queue + held };
}
