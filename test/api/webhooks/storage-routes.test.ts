import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkSession } from '#domain/upload/check-session.ts';
import { openSinglePut } from '#domain/upload/open-single-put.ts';
import { userActor } from '#test/support/platform.ts';
import { openUpload, storePart } from '../pipeline-steps.ts';
import { bodyOf, createTestApi, problemOf, type TestApi } from '../test-api.ts';

const SECRET = 'a secret of the storage that is long enough';
const PATH = '/webhooks/storage';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi({ env: { STORAGE_WEBHOOK_SECRET: SECRET } });
});
afterAll(() => api.close());

const sources = () => api.platform.context({ kind: 'system' }).storage.sources;
const created = (key: string, { bucket = sources().bucket, reason = 'PutObject' } = {}) => ({
  source: 'aws.s3',
  'detail-type': 'Object Created',
  detail: { bucket: { name: bucket }, object: { key, size: 5 }, reason },
});
const send = (json: unknown, headers: Record<string, string> = { 'x-sluice-secret': SECRET }) =>
  api.call('POST', PATH, { as: null, json, headers });
const looks = (task: string) =>
  api.platform.context({ kind: 'system' }).em.execute<{ payload: Record<string, string> }[]>(
    `select j.payload from graphile_worker._private_jobs j
       join graphile_worker._private_tasks t on t.id = j.task_id where t.identifier = ?`,
    [task],
  );
const looksFor = async (task: string, id: string) =>
  (await looks(task)).filter(({ payload }) => Object.values(payload).includes(id)).length;

async function openPut() {
  const context = api.platform.context(userActor(api.ownerId));
  const put = await openSinglePut(context, {
    title: 'Tour',
    fileName: 'tour.mp4',
    contentType: 'video/mp4',
    createdVia: 'learning',
  });
  return { sessionId: put.sessionId, videoId: put.video.id, key: put.storageKey, url: put.signed.url };
}

describe('an event about a file that was PUT', () => {
  test('has its session looked at, once, however often it comes', async () => {
    const { sessionId, key } = await openPut();
    for (let time = 0; time < 3; time += 1) {
      const response = await send(created(key));
      expect(response.status).toBe(204);
      expect(await response.text()).toBe('');
    }
    expect(await looksFor('check-session', sessionId)).toBe(1);
  });

  test('may come as a classic notification, several in one, with the secret as a bearer', async () => {
    const [first, second] = [await openPut(), await openPut()];
    const record = ({ key }: { key: string }) => ({
      eventName: 's3:ObjectCreated:Put',
      s3: { bucket: { name: sources().bucket }, object: { key: encodeURIComponent(key) } },
    });
    const body = { Records: [record(first), record(second)] };
    expect((await send(body, { authorization: `Bearer ${SECRET}` })).status).toBe(204);
    for (const { sessionId } of [first, second]) expect(await looksFor('check-session', sessionId)).toBe(1);
  });

  test('is believed nothing: the video stands as before until storage was asked', async () => {
    const { videoId, key } = await openPut();
    await send(created(key));
    expect((await bodyOf(await api.call('GET', `/api/videos/${videoId}`))).status).toBe('UPLOADING');
  });
});

test('the client, the storage and the sweeper at once, in two processes: one source, one probe', async () => {
  const other = await createTestApi({ env: { STORAGE_WEBHOOK_SECRET: SECRET }, sharing: api.platform });
  try {
    for (let round = 0; round < 3; round += 1) {
      const { sessionId, videoId, key, url } = await openPut();
      const put = await fetch(url, {
        method: 'PUT',
        body: new Uint8Array(1000),
        headers: { 'content-type': 'video/mp4' },
      });
      expect(put.status).toBe(200);
      const system = () => other.platform.context({ kind: 'system' });
      await Promise.all([
        api.call('POST', `/api/uploads/${sessionId}/complete`),
        send(created(key)),
        checkSession(system(), { sessionId }),
        other.call('POST', `/api/uploads/${sessionId}/complete`, { as: api.ownerId }),
        checkSession(api.platform.context({ kind: 'system' }), { sessionId }),
        checkSession(system(), { sessionId }),
        send(created(key)),
      ]);
      expect((await bodyOf(await api.call('GET', `/api/videos/${videoId}`))).status).toBe('UPLOADED');
      expect(await looksFor('probe-source', videoId)).toBe(1);
    }
  } finally {
    await other.close();
  }
});

test('an event about an archive has its playlist looked at', async () => {
  const playlistId = randomUUID();
  expect((await send(created(`archives/${playlistId}/archive.zip`))).status).toBe(204);
  expect(await looksFor('check-playlist', playlistId)).toBe(1);
});

test('what is not awaited from outside is passed over', async () => {
  const put = await openPut();
  const parts = await openUpload(api);
  await storePart(api, parts.sessionId);
  const before = (await looks('check-session')).length;
  for (const event of [
    created(put.key, { bucket: 'another' }),
    created(put.key, { reason: 'CopyObject' }),
    created(put.key.replace('staging/', 'uploads/')),
    created(put.key.replace('source.mp4', 'other.mp4')),
    created(`uploads/${parts.videoId}/${parts.sessionId}/source.mp4`, { reason: 'CompleteMultipartUpload' }),
    created(`staging/${randomUUID()}/${randomUUID()}/source.mp4`),
    created('somebody/elses.mp4'),
    { ...created(put.key), 'detail-type': 'Object Deleted' },
    { Service: 'Amazon S3', Event: 's3:TestEvent' },
    {},
    [],
  ])
    expect((await send(event)).status).toBe(204);
  expect((await looks('check-session')).length).toBe(before);
});

describe('nobody gets in', () => {
  test.each([
    ['without the secret', {}],
    ['with another', { 'x-sluice-secret': `${SECRET}.` }],
    ['with a part of it', { 'x-sluice-secret': SECRET.slice(0, -1) }],
    ['with an empty one', { 'x-sluice-secret': '' }],
    ['with another bearer', { authorization: 'Bearer x' }],
    ['with it under another scheme', { authorization: `Basic ${SECRET}` }],
  ])('%s', async (_, headers) => {
    const { sessionId, key } = await openPut();
    const response = await send(created(key), headers);
    expect(response.status).toBe(401);
    expect((await problemOf(response)).code).toBe('unauthenticated');
    expect(await looksFor('check-session', sessionId)).toBe(0);
  });

  test("with a user's token", async () => {
    expect((await api.call('POST', PATH, { json: {}, scopes: ['admin'] })).status).toBe(401);
  });

  test('where no secret is set', async () => {
    const closed = await createTestApi();
    try {
      for (const headers of [{}, { 'x-sluice-secret': '' }, { 'x-sluice-secret': 'undefined' }])
        expect((await closed.call('POST', PATH, { as: null, json: {}, headers })).status).toBe(401);
    } finally {
      await closed.close();
    }
  });

  test('before their body was read', async () => {
    const response = await api.call('POST', PATH, {
      as: null,
      body: '{',
      headers: { 'content-type': 'application/json' },
    });
    expect(response.status).toBe(401);
  });
});

test('junk is 400, a flood 413, what is no JSON 415, what is no event 422', async () => {
  const headers = { 'x-sluice-secret': SECRET, 'content-type': 'application/json' };
  const post = (body: string, more: object = {}) =>
    api.call('POST', PATH, { as: null, body, headers: { ...headers, ...more } });
  expect((await post('{')).status).toBe(400);
  expect((await post(JSON.stringify({ x: 'x'.repeat(600_000) }))).status).toBe(413);
  expect((await post('{}', { 'content-type': 'text/plain' })).status).toBe(415);
  expect((await post('5')).status).toBe(422);
  expect((await post('{}', { 'content-type': 'application/json; charset=utf-8' })).status).toBe(204);
  expect((await api.call('GET', PATH, { as: null })).status).toBe(405);
});

test('each is counted by how it ended', async () => {
  await send({});
  await send({}, {});
  const text = await api.platform.metricsText();
  expect(text).toMatch(/provider="storage"[^\n]*result="accepted"|result="accepted"[^\n]*provider="storage"/);
  expect(text).toMatch(/provider="storage"[^\n]*result="refused"|result="refused"[^\n]*provider="storage"/);
});
