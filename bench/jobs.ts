/**
 * Jobs a second of our worker against graphile-worker alone, each in a process and on a database of its own. The job is
 * `sweep-version` of an attempt that is not there: one query by id, and nothing to do.
 * Run: `node bench/jobs.ts [--rounds 5] [--jobs 5000] [--concurrency 4]`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Client } from 'pg';
import { type Child, type CpuUse, startChild } from './support/child.ts';
import { withClient, withDeployment } from './support/deployment.ts';
import { markdownTable, ratioOfRounds, withSpread } from './support/figures.ts';
import { loadNow, machineFacts } from './support/machine-facts.ts';

/** Connections to Postgres for the queue: the default of Sluice. */
const POOL_SIZE = '10';
const LOOK_EVERY_MS = 20;
const ADDED_AT_ONCE = 1000;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    jobs: { type: 'string', default: '5000' },
    concurrency: { type: 'string', default: '4' },
  },
});
const rounds = Number(values.rounds);
const jobs = Number(values.jobs);

interface Worker {
  readonly name: string;
  readonly child: Child;
  readonly client: Client;
}

interface Measured {
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
}

await withDeployment(async ({ env, createDatabase }) => {
  console.log(await machineFacts({ databaseUrl: env.DATABASE_URL ?? '' }));
  console.log(
    `\n${rounds} rounds of ${jobs} jobs, concurrency ${values.concurrency}, pool of ${POOL_SIZE}, Postgres durable\n`,
  );
  const bareUrl = await createDatabase('bare');
  const shared = { ...env, DATABASE_POOL_SIZE: POOL_SIZE, WORKER_CONCURRENCY: values.concurrency };
  const children = {
    Sluice: startChild('jobs/sluice-worker.ts', shared),
    'graphile-worker': startChild('jobs/bare-worker.ts', { ...shared, DATABASE_URL: bareUrl }),
  };
  try {
    await withClient(env.DATABASE_URL ?? '', (ours) =>
      withClient(bareUrl, async (theirs) => {
        const table = await compare(
          { name: 'Sluice', child: children.Sluice, client: ours },
          { name: 'graphile-worker', child: children['graphile-worker'], client: theirs },
        );
        console.log(`${table}\n\nLoad at the end: ${loadNow()}`);
      }),
    );
  } finally {
    await Promise.all(Object.values(children).map((child) => child.end()));
  }
});

async function compare(sluice: Worker, bare: Worker): Promise<string> {
  const ours: Measured[] = [];
  const theirs: Measured[] = [];
  for (const worker of [sluice, bare]) {
    await worker.child.ask('ready');
    await measure(worker, Math.min(1000, jobs));
  }
  for (let round = 0; round < rounds; round += 1) {
    const turns = [
      async () => ours.push(await measure(sluice, jobs)),
      async () => theirs.push(await measure(bare, jobs)),
    ];
    for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn();
  }
  const row = (name: string, of: readonly Measured[]) => ({
    worker: name,
    'jobs/s': withSpread(of.map(({ perSecond }) => perSecond)),
    'CPU µs a job': withSpread(of.map(({ cpuMicroseconds }) => cpuMicroseconds)),
  });
  const ratio = (key: keyof Measured, over: readonly Measured[], under: readonly Measured[]) =>
    ratioOfRounds(
      over.map((measured) => measured[key]),
      under.map((measured) => measured[key]),
    );
  return [
    markdownTable([row(sluice.name, ours), row(bare.name, theirs)]),
    `Jobs a second, Sluice / graphile-worker alone: ${ratio('perSecond', ours, theirs)}`,
    `CPU a job, graphile-worker alone / Sluice: ${ratio('cpuMicroseconds', theirs, ours)}`,
  ].join('\n\n');
}

/** From the commit that adds the jobs to the moment when none is left. The two workers never work at the same time. */
async function measure({ child, client }: Worker, count: number): Promise<Measured> {
  const before = await child.ask<CpuUse>('cpu');
  await addJobs(client, count);
  const startedAt = performance.now();
  while (await jobsLeft(client)) await sleep(LOOK_EVERY_MS);
  const seconds = (performance.now() - startedAt) / 1000;
  const after = await child.ask<CpuUse>('cpu');
  const cpuMicroseconds = after.user + after.system - before.user - before.system;
  return { perSecond: count / seconds, cpuMicroseconds: cpuMicroseconds / count };
}

async function addJobs(client: Client, count: number): Promise<void> {
  await client.query('begin');
  for (let added = 0; added < count; added += ADDED_AT_ONCE)
    await client.query(
      `select count(*) from graphile_worker.add_jobs(array(
         select json_populate_record(null::graphile_worker.job_spec,
           json_build_object('identifier', 'sweep-version', 'payload', json_build_object('jobId', gen_random_uuid())))
         from generate_series(1, $1)))`,
      [Math.min(ADDED_AT_ONCE, count - added)],
    );
  await client.query('commit');
}

async function jobsLeft(client: Client): Promise<boolean> {
  const { rows } = await client.query(
    `select exists (select from graphile_worker.jobs where task_identifier = 'sweep-version') as left`,
  );
  return rows[0]?.left === true;
}
