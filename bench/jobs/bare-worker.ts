import { Logger, run } from 'graphile-worker';
import pg from 'pg';
import { answerParent } from '../support/child.ts';

// graphile-worker as its documentation shows it, and one query a job: the row that `sweep-version` looks for.
const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  max: Number(process.env.DATABASE_POOL_SIZE),
});
pool.on('error', () => undefined).on('connect', (client) => client.on('error', () => undefined));
const runner = await run({
  pgPool: pool,
  concurrency: Number(process.env.WORKER_CONCURRENCY),
  pollInterval: 1000,
  noHandleSignals: true,
  logger: new Logger(() => () => undefined),
  taskList: {
    async 'sweep-version'(payload) {
      const { jobId } = payload as { jobId: string };
      await pool.query({
        name: 'attempt',
        text: 'select * from transcode_jobs where id = $1',
        values: [jobId],
      });
    },
  },
});

answerParent({ ready: () => true }, async () => {
  await runner.stop();
  await runner.promise;
  await pool.end();
});
