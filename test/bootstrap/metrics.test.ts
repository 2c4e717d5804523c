import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMetrics, type MetricsRegistry } from '#bootstrap/metrics.ts';
import { type Orm, openOrm } from '#bootstrap/orm.ts';
import { createTestDatabase, runSql, type TestDatabase } from '#test/support/postgres.ts';

let database: TestDatabase;
let orm: Orm;
beforeAll(async () => {
  database = await createTestDatabase();
  orm = await openOrm({ url: database.url }, 4);
});
afterAll(async () => {
  await orm.close(true);
  await database.drop();
});

/** Value of one series as /metrics shows it. */
async function readSeries(metrics: MetricsRegistry, series: string): Promise<number | undefined> {
  const line = (await metrics.text()).split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

test('every count of the domain is shown, under a name of ours', async () => {
  const metrics = createMetrics(orm);
  metrics.uploadsSigned(16);
  metrics.uploadCompleted();
  metrics.uploadFailed('SOURCE_EMPTY');
  metrics.stageSeconds('transcode', 4);
  metrics.transcodeEnded('ffmpeg', 'succeeded');
  metrics.webhookReceived('webhook', 'duplicate');
  metrics.webhookSent('ingest', 'exhausted');
  metrics.transitionRefused('video', 'READY', 'DRAFT');
  metrics.deadLetter('purge-video');
  for (const [series, value] of [
    ['sluice_uploads_signed_total', 16],
    ['sluice_uploads_completed_total', 1],
    ['sluice_uploads_failed_total{reason="SOURCE_EMPTY"}', 1],
    ['sluice_stage_seconds_sum{stage="transcode"}', 4],
    ['sluice_transcodes_total{provider="ffmpeg",outcome="succeeded"}', 1],
    ['sluice_webhooks_total{provider="webhook",result="duplicate"}', 1],
    ['sluice_webhooks_sent_total{kind="ingest",result="exhausted"}', 1],
    ['sluice_transitions_refused_total{machine="video",from="READY",to="DRAFT"}', 1],
    ['sluice_dead_letters_total{task="purge-video"}', 1],
  ] as const) {
    expect(await readSeries(metrics, series), series).toBe(value);
  }
  const names = (await metrics.text()).match(/^# TYPE \S+/gm) ?? [];
  expect(names.filter((name) => !name.startsWith('# TYPE sluice_'))).toEqual([]);
});

test('jobs by state and age, dead letters and the queue are read at each scrape', async () => {
  const metrics = createMetrics(orm);
  expect(await readSeries(metrics, 'sluice_transcode_jobs{state="QUEUED"}')).toBe(0);
  await runSql(
    database.url,
    `insert into videos (id, owner_id, title, created_at, updated_at) values
       ('0197c0de-0000-7000-8000-000000000001', '0197c0de-0000-7000-8000-00000000000a', 't', now(), now())`,
    `insert into transcode_jobs (id, video_id, provider, version, output_prefix, plan, run_at, created_at, updated_at) values
       ('0197c0de-0000-7000-8000-000000000002', '0197c0de-0000-7000-8000-000000000001', 'ffmpeg', 'v', 'p', '{}',
        now(), now() - interval '100 seconds', now())`,
    `insert into dead_letters (id, task, payload, reason, created_at) values
       ('0197c0de-0000-7000-8000-000000000003', 'purge-video', '{}', 'storage_unavailable', now())`,
    `select graphile_worker.add_job('purge-video', run_at => now() - interval '50 seconds')`,
    `select graphile_worker.add_job('purge-video', run_at => now() + interval '1 hour')`,
  );
  expect(await readSeries(metrics, 'sluice_database_up')).toBe(1);
  expect(await readSeries(metrics, 'sluice_transcode_jobs{state="QUEUED"}')).toBe(1);
  expect(await readSeries(metrics, 'sluice_transcode_jobs{state="RUNNING"}')).toBe(0);
  expect(
    await readSeries(metrics, 'sluice_transcode_jobs_oldest_seconds{state="QUEUED"}'),
  ).toBeGreaterThanOrEqual(100);
  expect(await readSeries(metrics, 'sluice_dead_letters')).toBe(1);
  expect(await readSeries(metrics, 'sluice_queue_jobs{state="ready"}')).toBe(1);
  expect(await readSeries(metrics, 'sluice_queue_jobs{state="scheduled"}')).toBe(1);
  expect(await readSeries(metrics, 'sluice_queue_oldest_ready_seconds')).toBeGreaterThanOrEqual(50);
});

test('a pause and a throttle show, and go with them', async () => {
  const metrics = createMetrics(orm);
  const series = () =>
    Promise.all(
      ['sluice_pipeline_paused', 'sluice_pipeline_max_open_attempts'].map((name) =>
        readSeries(metrics, name),
      ),
    );
  expect(await series()).toEqual([0, 0]);
  await runSql(database.url, 'update pipeline_control set paused_at = now(), max_open_attempts = 3');
  expect(await series()).toEqual([1, 3]);
  await runSql(database.url, 'update pipeline_control set paused_at = null, max_open_attempts = null');
  expect(await series()).toEqual([0, 0]);
});

test('counts are shown while the database is away', async () => {
  const url = new URL(database.url);
  url.port = '1';
  const away = await openOrm({ url: url.href }, 1);
  const metrics = createMetrics(away);
  metrics.uploadCompleted();
  expect(await readSeries(metrics, 'sluice_database_up')).toBe(0);
  expect(await readSeries(metrics, 'sluice_uploads_completed_total')).toBe(1);
  await away.close(true);
});

test('two platforms in one process count by themselves', async () => {
  const [one, two] = [createMetrics(orm), createMetrics(orm)];
  one.uploadCompleted();
  expect(await readSeries(two, 'sluice_uploads_completed_total')).toBe(0);
});

test('a transcoder that is away is shown as long as it is', async () => {
  const metrics = createMetrics(orm);
  const series = 'sluice_provider_down_seconds{provider="coconut"}';
  expect(await readSeries(metrics, series)).toBeUndefined();
  await runSql(
    database.url,
    `insert into provider_standings (provider, blocked_until, failures, down_since, updated_at)
     values ('coconut', now(), 3, now() - interval '1 hour', now())`,
  );
  expect(await readSeries(metrics, series)).toBeCloseTo(3600, -2);
  await runSql(database.url, 'delete from provider_standings');
  expect(await readSeries(metrics, series)).toBeUndefined();
});

test('a signing key that storage refuses shows, and storage is asked once for many scrapes', async () => {
  let asked = 0;
  const refused = createMetrics(orm, async () => {
    asked += 1;
    return ['the key signs URLs that fail'];
  });
  for (let scrape = 0; scrape < 3; scrape += 1)
    expect(await readSeries(refused, 'sluice_signing_key_refused')).toBe(1);
  expect(asked).toBe(1);
  expect(await readSeries(createMetrics(orm), 'sluice_signing_key_refused')).toBe(0);
  const away = createMetrics(orm, () => Promise.reject(new Error('away')));
  expect(await readSeries(away, 'sluice_signing_key_refused')).toBe(0);
});
