import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { Log } from '#domain/context.ts';

const TRY_EVERY_MS = 500;
/** One of the few codes after which graphile-worker repeats a statement (its RETRYABLE_ERROR_CODES). */
const REPEATED_BY_QUEUE = 'ETIMEDOUT';
const LOST_CODES = /^(08...|57P0[1-5]|ECONNRESET|ECONNREFUSED|EPIPE)$/;
const LOST_MESSAGES = /connection terminated|connection error and is not queryable/i;

/**
 * Lets a pool that graphile-worker works with sit out a database that is away: connecting waits for it, and a statement
 * that is cut off comes again. Left alone, graphile-worker 0.18 lets go of a job that ends meanwhile with an unhandled
 * rejection, which ends the process and every encode in it.
 *
 * @param stopping ends the wait: a process that must go does not wait for a database
 * @returns the same pool
 */
export function sitOutOutages(pool: pg.Pool, stopping: AbortSignal, log: Log): pg.Pool {
  const connectOnce = pool.connect.bind(pool);
  let away = false;
  const connectAtLast = async (): Promise<pg.PoolClient> => {
    for (;;) {
      try {
        const client = await connectOnce();
        if (away) log.info({}, 'the database is back: the queue goes on');
        away = false;
        return client;
      } catch (error) {
        if (stopping.aborted) throw error;
        if (!away) log.warn({ err: error }, 'the database is away: the queue waits');
        away = true;
        await delay(TRY_EVERY_MS, undefined, { signal: stopping }).catch(() => undefined);
      }
    }
  };
  // With a callback it is the listener for new jobs, which tries again by itself.
  pool.connect = ((callback?: Parameters<typeof connectOnce>[0]) =>
    callback ? connectOnce(callback) : connectAtLast()) as pg.Pool['connect'];
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...words: unknown[]) => unknown;
    client.query = ((...words: unknown[]) => {
      const answer = query(...words);
      return answer instanceof Promise ? answer.catch(rethrowRepeatable) : answer;
    }) as typeof client.query;
  });
  return pool;
}

function rethrowRepeatable(error: unknown): never {
  if (error instanceof Error) {
    const { code } = error as NodeJS.ErrnoException;
    const isLost = code === undefined ? LOST_MESSAGES.test(error.message) : LOST_CODES.test(code);
    if (isLost) Object.assign(error, { code: REPEATED_BY_QUEUE });
  }
  throw error;
}
