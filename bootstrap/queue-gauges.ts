import { sql } from 'kysely';
import { readControl } from '#domain/operations/read-control.ts';
import { OPEN_JOB_STATES } from '#domain/transcode/transcode-job-states.ts';
import type { GaugeKind, GaugeReading } from './metric-instruments.ts';
import type { Orm } from './orm.ts';

/** What only the database knows. Read at each scrape, by indexes, over rows that are still open. */
export const QUEUE_GAUGES: readonly GaugeKind[] = [
  { name: 'sluice_database_up', help: '1 where the database answered the last scrape', labels: [] },
  { name: 'sluice_transcode_jobs', help: 'Open attempts to transcode, by state', labels: ['state'] },
  {
    name: 'sluice_transcode_jobs_oldest_seconds',
    help: 'Age of the oldest open attempt, by state',
    labels: ['state'],
  },
  { name: 'sluice_dead_letters', help: 'Jobs that failed for good and were not retried', labels: [] },
  {
    name: 'sluice_queue_jobs',
    help: 'Jobs in the queue: ready, scheduled for later, running, failed for good',
    labels: ['state'],
  },
  { name: 'sluice_queue_oldest_ready_seconds', help: 'How long the oldest ready job waits', labels: [] },
  {
    name: 'sluice_provider_down_seconds',
    help: 'How long a transcoder elsewhere has not answered, or refuses or throttles us; absent while it answers',
    labels: ['provider'],
  },
  { name: 'sluice_pipeline_paused', help: '1 while operators have paused the pipeline', labels: [] },
  {
    name: 'sluice_pipeline_max_open_attempts',
    help: 'How many attempts may be open at once, by a throttle; 0 without one',
    labels: [],
  },
];

const QUEUE_STATES = ['ready', 'scheduled', 'running', 'failed'] as const;

/** Reads the gauges. A database that does not answer is a reading, not an error: the counters are still worth a scrape. */
export async function readQueueGauges(orm: Orm): Promise<GaugeReading[]> {
  try {
    const readings = await Promise.all([
      transcodeJobs(orm),
      deadLetters(orm),
      queueJobs(orm),
      providersDown(orm),
      steering(orm),
    ]);
    return [reading('sluice_database_up', 1), ...readings.flat()];
  } catch {
    return [reading('sluice_database_up', 0)];
  }
}

async function steering(orm: Orm): Promise<GaugeReading[]> {
  const { isPaused, maxOpenAttempts } = await readControl(orm.em.fork());
  return [
    reading('sluice_pipeline_paused', isPaused ? 1 : 0),
    reading('sluice_pipeline_max_open_attempts', maxOpenAttempts ?? 0),
  ];
}

async function transcodeJobs(orm: Orm): Promise<GaugeReading[]> {
  const { rows } = await sql<{ state: string; jobs: number; oldest: number }>`
    select state, count(*)::int as jobs,
      extract(epoch from now() - min(created_at))::float8 as oldest
    from transcode_jobs where state in (${sql.join(OPEN_JOB_STATES)}) group by state`.execute(
    orm.em.fork().getKysely(),
  );
  return OPEN_JOB_STATES.flatMap((state) => {
    const row = rows.find((candidate) => candidate.state === state);
    return [
      reading('sluice_transcode_jobs', row?.jobs ?? 0, { state }),
      reading('sluice_transcode_jobs_oldest_seconds', row?.oldest ?? 0, { state }),
    ];
  });
}

async function deadLetters(orm: Orm): Promise<GaugeReading[]> {
  const { rows } = await sql<{ letters: number }>`
    select count(*)::int as letters from dead_letters where retried_at is null`.execute(
    orm.em.fork().getKysely(),
  );
  return [reading('sluice_dead_letters', rows[0]?.letters ?? 0)];
}

async function queueJobs(orm: Orm): Promise<GaugeReading[]> {
  const { rows } = await sql<{ state: string; jobs: number; oldest: number }>`
    select case
        when locked_at is not null then 'running'
        when attempts >= max_attempts then 'failed'
        when run_at > now() then 'scheduled'
        else 'ready' end as state,
      count(*)::int as jobs,
      extract(epoch from now() - min(run_at))::float8 as oldest
    from graphile_worker.jobs group by 1`.execute(orm.em.fork().getKysely());
  const jobs = QUEUE_STATES.map((state) =>
    reading('sluice_queue_jobs', rows.find((row) => row.state === state)?.jobs ?? 0, { state }),
  );
  const oldest = rows.find((row) => row.state === 'ready')?.oldest ?? 0;
  return [...jobs, reading('sluice_queue_oldest_ready_seconds', oldest)];
}

async function providersDown(orm: Orm): Promise<GaugeReading[]> {
  const { rows } = await sql<{ provider: string; seconds: number }>`
    select provider, greatest(0, extract(epoch from now() - down_since))::float8 as seconds
    from provider_standings where down_since is not null`.execute(orm.em.fork().getKysely());
  return rows.map(({ provider, seconds }) => reading('sluice_provider_down_seconds', seconds, { provider }));
}

function reading(gauge: string, value: number, labels: Record<string, string> = {}): GaugeReading {
  return { gauge, labels, value };
}
