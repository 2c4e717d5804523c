import { EventEmitter } from 'node:events';
import { Logger, parseCronItems, type Runner, run, type TaskList, type WorkerEvents } from 'graphile-worker';
import type { Platform } from '#bootstrap/platform.ts';
import { openPool } from '#bootstrap/postgres-pool.ts';
import type { JobName, JobPayloads } from '#domain/jobs.ts';
import { recordDeadLetter } from '#domain/operations/record-dead-letter.ts';
import { transaction } from '#domain/transaction.ts';
import { expireLeases } from '#domain/transcode/expire-leases.ts';
import { holdPresence, REAP_DEAD_WORKERS, REMOVE_ENDED_ATTEMPTS } from './presence.ts';
import { sitOutOutages } from './queue-pool.ts';
import { TASKS } from './task-list.ts';

/** How often dead workers and leases are looked for. */
const WATCH_EVERY_MS = 5000;
/** Jobs that are due later are found by polling; those due now by NOTIFY. */
const POLL_EVERY_MS = 1000;

export interface Worker {
  /** Hands attempts back, finishes short jobs, and resolves when nothing of it touches the database any more. */
  stop(): Promise<void>;
}

/**
 * Runs jobs until it is stopped. Transcodes have slots of their own, so that a probe never waits behind an encode.
 *
 * @param platform wired by the caller, and closed by it after `stop`
 */
export async function startWorker(platform: Platform): Promise<Worker> {
  const { config, log, database } = platform;
  const stopping = new AbortController();
  const pool = sitOutOutages(openPool(database, config.DATABASE_POOL_SIZE), stopping.signal, log);
  const names = Object.keys(TASKS) as JobName[];
  const tasksOf = (wanted: (name: JobName) => boolean): TaskList =>
    Object.fromEntries(names.filter(wanted).map((name) => [name, taskOf(platform, name, stopping.signal)]));
  const shared = {
    pgPool: pool,
    pollInterval: POLL_EVERY_MS,
    noHandleSignals: true,
    logger: new Logger(() => (level, message) => {
      if (level === 'error' || level === 'warning') log.warn({ queueLevel: level }, `queue: ${message}`);
    }),
  };
  const events = new EventEmitter() as WorkerEvents;
  const { promise: poolId, resolve } = Promise.withResolvers<string>();
  events.once('pool:create', ({ workerPool }) => resolve(workerPool.id));
  const short = await run({
    ...shared,
    events,
    concurrency: config.WORKER_CONCURRENCY,
    taskList: tasksOf((name) => name !== 'transcode'),
    parsedCronItems: parseCronItems([
      { task: 'reconcile', match: '* * * * *', options: { backfillPeriod: 0 } },
      { task: 'sweep-leftovers', match: '17 * * * *', options: { backfillPeriod: 0 } },
    ]),
  });
  const presence = await holdPresence(platform.databaseConnection, await poolId);
  const encodes = await run({
    ...shared,
    concurrency: config.TRANSCODE_CONCURRENCY,
    taskList: tasksOf((name) => name === 'transcode'),
  });
  await transaction(platform.context({ kind: 'system' }).em, (tx) =>
    platform.context({ kind: 'system' }).enqueue(tx, 'reconcile', {}, { key: 'reconcile:start' }),
  );
  const watch = startWatch(platform, async () => {
    await pool.query(REAP_DEAD_WORKERS);
    await pool.query(REMOVE_ENDED_ATTEMPTS);
  });
  return {
    async stop() {
      stopping.abort();
      // The runners at the same moment: one that goes on would take jobs only to put them back.
      await Promise.all([watch.stop(), stopRunner(short), stopRunner(encodes)]);
      await presence.release();
      // The write that unlocks the last job lands after the runner has resolved; the pool waits for it.
      await pool.end();
    },
  };
}

async function stopRunner(runner: Runner): Promise<void> {
  await runner.stop();
  await runner.promise;
}

/** One task as graphile-worker calls it; the last failure of a job is kept as a dead letter. */
function taskOf<N extends JobName>(platform: Platform, name: N, stopping: AbortSignal): TaskList[string] {
  return async (payload, helpers) => {
    const context = platform.context({ kind: 'system' });
    const { id, attempts, max_attempts: attemptsMax } = helpers.job;
    try {
      await TASKS[name](context, payload as JobPayloads[N], stopping);
    } catch (error) {
      context.log.warn({ err: error, task: name, job: id, attempts }, 'job failed');
      // An attempt's row knows its own end; everything else is given up here.
      if (attempts >= attemptsMax && name !== 'transcode' && name !== 'reconcile')
        await giveUp(platform, name, payload as JobPayloads[N], error);
      throw error;
    }
  };
}

async function giveUp<N extends JobName>(
  platform: Platform,
  task: N,
  payload: JobPayloads[N],
  error: unknown,
): Promise<void> {
  const context = platform.context({ kind: 'system' });
  const videoId = 'videoId' in payload && typeof payload.videoId === 'string' ? payload.videoId : null;
  await transaction(context.em, (tx) =>
    recordDeadLetter(context, tx, {
      task,
      payload,
      videoId,
      reason: error instanceof Error && 'code' in error ? String(error.code) : 'internal',
      detail: error instanceof Error ? error.message : String(error),
    }),
  );
}

/** Looks for dead workers again and again, one look at a time; a database that is away is met again later. */
function startWatch(platform: Platform, reap: () => Promise<void>): { stop(): Promise<void> } {
  let current: Promise<void> | undefined;
  const look = async () => {
    try {
      await expireLeases(platform.context({ kind: 'system' }));
      await reap();
    } catch (error) {
      platform.log.warn({ err: error }, 'dead workers could not be looked for');
    }
  };
  const timer = setInterval(() => {
    current ??= look().finally(() => {
      current = undefined;
    });
  }, WATCH_EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      await current;
    },
  };
}
