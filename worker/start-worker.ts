import { EventEmitter } from 'node:events';
import {
  type CronItem,
  Logger,
  parseCronItems,
  type Runner,
  type RunnerOptions,
  run,
  type TaskList,
  type WorkerEvents,
} from 'graphile-worker';
import type { Pool } from 'pg';
import { QUEUE_LISTENERS } from '#bootstrap/connections.ts';
import type { Platform } from '#bootstrap/platform.ts';
import { openPool } from '#bootstrap/postgres-pool.ts';
import type { Log } from '#domain/context.ts';
import type { JobName, JobPayloads } from '#domain/jobs.ts';
import { recordDeadLetter } from '#domain/operations/record-dead-letter.ts';
import { transaction } from '#domain/transaction.ts';
import { expireLeases } from '#domain/transcode/expire-leases.ts';
import { holdPresence, REAP_DEAD_WORKERS, REMOVE_ENDED_ATTEMPTS } from './presence.ts';
import { sitOutOutages } from './queue-pool.ts';
import { protectFromScaleIn, type ScaleInProtection } from './scale-in-protection.ts';
import { TASKS } from './task-list.ts';
import { startWatch } from './watch.ts';

/** Jobs that are due later are found by polling; those due now by NOTIFY. */
const POLL_EVERY_MS = 1000;

const ENCODES: readonly JobName[] = ['transcode'];
/** Move gigabytes within storage: minutes, hours for a large archive. */
const MOVES: readonly JobName[] = ['unpack-archive', 'publish-set'];
/** Whose last failure is no dead letter here: an attempt's row knows its own end, the next round looks again. */
const OWN_END: readonly JobName[] = ['transcode', 'submit-transcode', 'reconcile'];
const MOVES_AT_ONCE = 2;
/** Wait for servers that are not ours. */
const CALLS: readonly JobName[] = ['deliver-webhook', 'submit-transcode'];
const CALLS_AT_ONCE = 8;
const SHORT_JOBS = (Object.keys(TASKS) as JobName[]).filter(
  (name) => ![...ENCODES, ...MOVES, ...CALLS].includes(name),
);

const CRON: readonly CronItem[] = [
  { task: 'reconcile', match: '* * * * *', options: { backfillPeriod: 0 } },
  { task: 'sweep-leftovers', match: '17 * * * *', options: { backfillPeriod: 0 } },
];

export interface Worker {
  /** False once dead workers and leases have not been looked for in a long time: this process is stuck (R19). */
  isAlive(): boolean;
  /** Hands attempts back, finishes short jobs, and resolves when nothing of it touches the database any more. */
  stop(): Promise<void>;
}

/**
 * Runs jobs until it is stopped. What takes long has slots of its own, so that a probe never waits behind an encode, an
 * archive, or somebody's server that does not answer.
 *
 * @param platform wired by the caller, and closed by it after `stop`
 */
export async function startWorker(platform: Platform): Promise<Worker> {
  const { config, log, database } = platform;
  const { ECS_AGENT_URI: agentUri } = config;
  const protection = agentUri === undefined ? null : protectFromScaleIn({ agentUri, log });
  const stopping = new AbortController();
  const poolSize = config.DATABASE_POOL_SIZE + QUEUE_LISTENERS;
  const pool = sitOutOutages(openPool(database, poolSize), stopping.signal, log);
  const start = (concurrency: number, names: readonly JobName[], cron: readonly CronItem[] = []) =>
    startRunner(pool, log, {
      concurrency,
      taskList: Object.fromEntries(
        names.map((name) => [name, taskOf(platform, name, stopping.signal, protection)]),
      ),
      parsedCronItems: parseCronItems([...cron]),
    });
  const short = await start(config.WORKER_CONCURRENCY, SHORT_JOBS, CRON);
  const moves = await start(MOVES_AT_ONCE, MOVES);
  const calls = await start(CALLS_AT_ONCE, CALLS);
  const presence = await holdPresence(platform.databaseConnection, [short.id, moves.id, calls.id]);
  const encodes = await start(config.TRANSCODE_CONCURRENCY, ENCODES);
  await transaction(platform.context({ kind: 'system' }).em, (tx) =>
    platform.context({ kind: 'system' }).enqueue(tx, 'reconcile', {}, { key: 'reconcile:start' }),
  );
  const watch = startWatch(log, async () => {
    await expireLeases(platform.context({ kind: 'system' }));
    await pool.query(REAP_DEAD_WORKERS);
    await pool.query(REMOVE_ENDED_ATTEMPTS);
  });
  return {
    isAlive: () => watch.isAlive(),
    async stop() {
      stopping.abort();
      // The runners at the same moment: one that goes on would take jobs only to put them back.
      await Promise.all([watch.stop(), ...[short, moves, calls, encodes].map(stopRunner)]);
      await presence.release();
      await protection?.stop();
      // The write that unlocks the last job lands after the runner has resolved; the pool waits for it.
      await pool.end();
    },
  };
}

interface StartedRunner {
  /** By which graphile-worker marks the jobs that it has taken. */
  readonly id: string;
  readonly runner: Runner;
}

async function startRunner(
  pgPool: Pool,
  log: Log,
  options: Pick<RunnerOptions, 'concurrency' | 'taskList' | 'parsedCronItems'>,
): Promise<StartedRunner> {
  const events = new EventEmitter() as WorkerEvents;
  const { promise: id, resolve } = Promise.withResolvers<string>();
  events.once('pool:create', ({ workerPool }) => resolve(workerPool.id));
  const runner = await run({
    ...options,
    pgPool,
    events,
    pollInterval: POLL_EVERY_MS,
    noHandleSignals: true,
    logger: new Logger(() => (level, message) => {
      if (level === 'error' || level === 'warning') log.warn({ queueLevel: level }, `queue: ${message}`);
    }),
  });
  return { id: await id, runner };
}

async function stopRunner({ runner }: StartedRunner): Promise<void> {
  await runner.stop();
  await runner.promise;
}

/**
 * One task as graphile-worker calls it; the last failure of a job is kept as a dead letter. While one encodes, the machine
 * is not to be taken away.
 */
function taskOf<N extends JobName>(
  platform: Platform,
  name: N,
  stopping: AbortSignal,
  protection: ScaleInProtection | null,
): TaskList[string] {
  return async (payload, helpers) => {
    const release = ENCODES.includes(name) ? protection?.hold() : undefined;
    const context = platform.context({ kind: 'system' });
    const { id, attempts, max_attempts: attemptsMax } = helpers.job;
    try {
      await TASKS[name](context, payload as JobPayloads[N], stopping);
    } catch (error) {
      context.log.warn({ err: error, task: name, job: id, attempts }, 'job failed');
      // An attempt's row knows its own end; everything else is given up here.
      if (attempts >= attemptsMax && !OWN_END.includes(name))
        await giveUp(platform, name, payload as JobPayloads[N], error);
      throw error;
    } finally {
      release?.();
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
