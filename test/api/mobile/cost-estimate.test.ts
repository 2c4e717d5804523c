import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CostEstimateBody } from '#api/dialects/mobile/cost-schemas.ts';
import { publishVersion } from '#domain/transcode/publish-version.ts';
import { startAttempt } from '#domain/transcode/start-attempt.ts';
import { planOf } from '#test/domain/cost/plans.ts';
import { runStatement, uploaded } from '../pipeline-steps.ts';
import { createTestApi, problemOf, type TestApi } from '../test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi({
    env: {
      DELIVERY: 'cloudfront',
      CLOUDFRONT_URL: 'https://cdn.example.com',
      CLOUDFRONT_DISTRIBUTION_ID: 'E1',
    },
  });
});
afterAll(() => api.close());

/** An uploaded video whose source was looked at: its first attempt waits. */
async function probed(): Promise<string> {
  const { videoId } = await uploaded(api);
  const context = api.platform.context({ kind: 'system' });
  const [row] = await context.em.execute<{ source_file_key: string }[]>(
    'select source_file_key from videos where id = ?',
    [videoId],
  );
  const plan = planOf('coconut');
  const source = { ...plan.source, key: row?.source_file_key ?? '' };
  await context.em.transactional((tx) =>
    startAttempt(context, tx, {
      videoId,
      provider: 'coconut',
      plan: { ...plan, source },
      failedBefore: 0,
    }),
  );
  return videoId;
}

const path = (videoId: string) => `/api/videos/${videoId}/cost-estimate`;
const read = async (videoId: string, query = '') => {
  const response = await api.call('GET', path(videoId) + query);
  expect(response.status).toBe(200);
  return CostEstimateBody.parse(await response.json());
};

test('the estimate is by whom the attempt was given to, and beside it by the others that are set up', async () => {
  const body = await read(await probed());
  expect(body).toMatchObject({ currency: 'USD', actual: null });
  expect(body.transcode).toMatchObject({
    transcoder: 'coconut',
    usd: '0.450000',
    usdPerSourceMinute: '0.045000',
  });
  expect(body.transcode.lines[0]).toEqual({
    item: '1080p',
    tier: 'HD',
    outputMinutes: '10.0000',
    quantity: '10.0000',
    unit: 'output minute',
    unitUsd: '0.015',
    usd: '0.150000',
    priceIds: ['coconut/hd'],
  });
  expect(body.alternatives.map(({ transcoder }) => transcoder)).toEqual(['ffmpeg']);
  expect(body.delivery.map(({ network, isUsed }) => [network, isUsed])).toEqual([
    ['cloudfront', true],
    ['spaces-cdn', false],
  ]);
  expect(body.storage.map(({ store, isUsed }) => [store, isUsed])).toEqual([
    ['s3', false],
    ['spaces', false],
  ]);
});

test('every number that is used comes with its date and source', async () => {
  const body = await read(await probed());
  const used = [...JSON.stringify(body).matchAll(/"priceIds":\[([^\]]*)\]/g)].flatMap(([, ids = '']) =>
    ids.split(',').map((id) => id.replaceAll('"', '')),
  );
  const explained = body.prices.map(({ id }) => id);
  expect(new Set(explained).size).toBe(explained.length);
  expect(explained).toEqual(expect.arrayContaining([...new Set(used)]));
  expect(body.prices.find(({ id }) => id === 'coconut/hd')).toMatchObject({
    usd: '0.015',
    value: null,
    date: '2026-06-20',
    sureness: 'second-hand',
  });
});

test('where viewers are decides what delivery costs', async () => {
  const videoId = await probed();
  const here = await read(videoId);
  const there = await read(videoId, '?viewers=asia');
  expect(here.delivery[0]?.viewers).toBe('north-america');
  expect(there.delivery[0]?.lines[0]?.unitUsd).toBe('0.12');
  expect(Number(there.delivery[0]?.usd)).toBeGreaterThan(Number(here.delivery[0]?.usd));
});

test('what was recorded at publication is shown as it was, whatever prices are today', async () => {
  const videoId = await probed();
  const context = api.platform.context({ kind: 'system' });
  const [job] = await context.em.execute<{ id: string; output_prefix: string }[]>(
    "update transcode_jobs set state = 'RUNNING' where video_id = ? returning id, output_prefix",
    [videoId],
  );
  await runStatement(api.platform, "update videos set status = 'TRANSCODING' where id = ?", [videoId]);
  const output = { masterKey: `${job?.output_prefix}master.m3u8`, durationSeconds: 600, assets: [] };
  await publishVersion(context, { jobId: job?.id ?? '', leaseToken: null, output });
  expect((await read(videoId)).actual).toMatchObject({ transcoder: 'coconut', usd: '0.450000' });
  const older = `jsonb_set(jsonb_set(cost, '{usdMicros}', '123456'), '{pricesOf}', '"2020-01-01"')`;
  await runStatement(api.platform, `update transcode_jobs set cost = ${older} where video_id = ?`, [videoId]);
  expect((await read(videoId)).actual).toMatchObject({ usd: '0.123456', pricesOf: '2020-01-01' });
});

test('a source that was not looked at: 409; no token, another owner, an unknown id, a broken query', async () => {
  const { videoId } = await uploaded(api);
  expect(await problemOf(await api.call('GET', path(videoId)))).toMatchObject({
    status: 409,
    code: 'source_not_probed',
  });
  const known = path(await probed());
  expect((await problemOf(await api.call('GET', known, { as: null }))).code).toBe('unauthenticated');
  for (const response of [
    await api.call('GET', known, { as: randomUUID() }),
    await api.call('GET', path(randomUUID())),
  ])
    expect(await problemOf(response)).toMatchObject({ status: 404, code: 'video_not_found' });
  for (const query of ['?viewers=moon', '?views=1'])
    expect((await problemOf(await api.call('GET', known + query))).code).toBe('invalid_request');
});
