import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ObjectStore } from '#providers/storage/object-store.ts';
import { waitFor } from '#test/support/conditions.ts';
import { draft, FILE_SIZE_BYTES, openUpload, runStatement, storePart } from '../pipeline-steps.ts';
import { bodyOf, createTestApi, problemOf, type TestApi } from '../test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

const post = (path: string, json?: unknown) => api.call('POST', path, json === undefined ? {} : { json });
const SOURCE = { sourceMime: 'video/mp4', sourceSizeBytes: FILE_SIZE_BYTES };

test('a new session is 201, the same request again is 200 with the same session', async () => {
  const path = `/api/videos/${await draft(api)}/uploads`;
  const first = await post(path, SOURCE);
  expect(first.status).toBe(201);
  const body = await bodyOf(first);
  expect(body).toEqual({
    uploadSessionId: expect.any(String),
    partSizeBytes: expect.any(Number),
    status: 'INITIATED',
    partCount: 1,
    stored: '',
    expiresAt: expect.stringMatching(/Z$/),
    uploadToken: expect.stringMatching(/^up_[\w-]{43}$/),
    parts: [
      {
        partNumber: 1,
        uploadUrl: expect.stringMatching(/^http/),
        expiresAt: expect.stringMatching(/Z$/),
        sizeBytes: FILE_SIZE_BYTES,
      },
    ],
  });
  expect(first.headers.get('location')).toBe(`/api/uploads/${body.uploadSessionId}`);
  const again = await post(path, SOURCE);
  expect(again.status).toBe(200);
  expect(await bodyOf(again)).toMatchObject({
    uploadSessionId: body.uploadSessionId,
    uploadToken: null,
    parts: [{ partNumber: 1 }],
  });
});

test('another file is a conflict once something is stored', async () => {
  const { videoId, sessionId } = await openUpload(api);
  await storePart(api, sessionId);
  const response = await post(`/api/videos/${videoId}/uploads`, { ...SOURCE, sourceSizeBytes: 2000 });
  expect(response.status).toBe(409);
  expect((await problemOf(response)).code).toBe('upload_conflict');
});

test.each([
  [{ ...SOURCE, sourceMime: 'text/html' }, 'unsupported_format'],
  [{ ...SOURCE, sourceSizeBytes: 2 ** 40 }, 'file_too_large'],
  [{ ...SOURCE, title: 'x' }, 'invalid_request'],
  [{}, 'invalid_request'],
])('a session for %j is refused', async (json, code) => {
  const response = await post(`/api/videos/${await draft(api)}/uploads`, json);
  expect(response.status).toBe(422);
  expect((await problemOf(response)).code).toBe(code);
});

test('a session tells what storage has', async () => {
  const { videoId, sessionId } = await openUpload(api);
  await storePart(api, sessionId);
  const body = await waitFor('the stored part to be seen', async () => {
    const answer = await bodyOf(await api.call('GET', `/api/uploads/${sessionId}`));
    return answer.bytesUploaded > 0 && answer;
  });
  expect(body).toEqual({
    uploadSessionId: sessionId,
    status: 'IN_PROGRESS',
    bytesUploaded: FILE_SIZE_BYTES,
    partSizeBytes: expect.any(Number),
    videoId,
    partCount: 1,
    stored: '1',
    expiresAt: expect.any(String),
  });
});

test('one part number is answered by one part, several by a list', async () => {
  const { sessionId } = await openUpload(api);
  const part = {
    partNumber: 1,
    uploadUrl: expect.stringMatching(/^http/),
    expiresAt: expect.stringMatching(/Z$/),
    sizeBytes: FILE_SIZE_BYTES,
  };
  const one = await post(`/api/uploads/${sessionId}/parts`, { partNumber: 1 });
  expect(one.status).toBe(200);
  expect(await bodyOf(one)).toEqual(part);
  expect(one.headers.get('cache-control')).toBe('no-store');
  const many = await post(`/api/uploads/${sessionId}/parts`, { partNumbers: [1] });
  expect(await bodyOf(many)).toEqual({ parts: [part] });
});

test.each([
  [{}, 'invalid_request'],
  [{ partNumber: 1, partNumbers: [1] }, 'invalid_request'],
  [{ partNumber: 0 }, 'invalid_request'],
  [{ partNumber: 10_001 }, 'invalid_request'],
  [{ partNumber: '1' }, 'invalid_request'],
  [{ partNumbers: [] }, 'invalid_request'],
  [{ partNumbers: Array.from({ length: 101 }, (_, n) => n + 1) }, 'invalid_request'],
  [{ partNumber: 2 }, 'part_out_of_range'],
])('parts refuse %j', async (json, code) => {
  const { sessionId } = await openUpload(api);
  const response = await post(`/api/uploads/${sessionId}/parts`, json);
  expect(response.status).toBe(422);
  expect((await problemOf(response)).code).toBe(code);
});

test('pause, resume and cancel answer the session and its state', async () => {
  const { videoId, sessionId } = await openUpload(api);
  const path = `/api/uploads/${sessionId}`;
  await post(`${path}/parts`, { partNumber: 1 });
  const paused = await post(`${path}/pause`);
  expect([paused.status, await bodyOf(paused)]).toEqual([
    200,
    { uploadSessionId: sessionId, status: 'PAUSED' },
  ]);
  expect((await problemOf(await post(`${path}/parts`, { partNumber: 1 }))).code).toBe('upload_paused');
  expect((await post(`${path}/pause`)).status).toBe(200);
  const resumed = await post(`${path}/resume`, {});
  expect(await bodyOf(resumed)).toEqual({ uploadSessionId: sessionId, status: 'IN_PROGRESS' });
  const canceled = await post(`${path}/cancel`);
  expect(await bodyOf(canceled)).toEqual({ uploadSessionId: sessionId, status: 'CANCELED' });
  expect((await post(`${path}/resume`)).status).toBe(409);
  const video = await bodyOf(await api.call('GET', `/api/videos/${videoId}`));
  expect(video).toMatchObject({ status: 'FAILED', failReason: 'UPLOAD_CANCELED' });
});

test('complete needs no body, is repeatable, and the video is UPLOADED', async () => {
  const { videoId, sessionId } = await openUpload(api);
  await storePart(api, sessionId);
  for (let time = 0; time < 2; time += 1) {
    const response = await post(`/api/uploads/${sessionId}/complete`);
    expect(response.status).toBe(200);
    expect(await bodyOf(response)).toEqual({ uploadSessionId: sessionId, status: 'COMPLETED' });
  }
  expect((await bodyOf(await api.call('GET', `/api/videos/${videoId}`))).status).toBe('UPLOADED');
});

test.each(['', '{}'])('complete takes the body %j with the type of JSON', async (body) => {
  const { sessionId } = await openUpload(api);
  await storePart(api, sessionId);
  const headers = { 'Content-Type': 'application/json' };
  expect((await api.call('POST', `/api/uploads/${sessionId}/complete`, { body, headers })).status).toBe(200);
});

test("a client's list of parts is held against storage", async () => {
  const { sessionId } = await openUpload(api);
  const etag = await storePart(api, sessionId);
  const complete = (parts: unknown) => post(`/api/uploads/${sessionId}/complete`, { parts });
  const wrong = await complete([{ partNumber: 1, etag: 'not-this-one' }]);
  expect(wrong.status).toBe(409);
  expect((await problemOf(wrong)).code).toBe('parts_mismatch');
  expect((await complete([{ partNumber: 1, etag, size: 1 }])).status).toBe(422);
  expect((await complete([{ partNumber: 1, etag }])).status).toBe(200);
});

test('complete names the parts that are missing', async () => {
  const { sessionId } = await openUpload(api);
  const response = await post(`/api/uploads/${sessionId}/complete`);
  expect(response.status).toBe(409);
  expect(await problemOf(response)).toMatchObject({ code: 'parts_missing', missing: '1' });
});

test('a list of 10,000 parts is not too large to be read', async () => {
  const { sessionId } = await openUpload(api);
  const parts = Array.from({ length: 10_000 }, (_, n) => ({
    partNumber: n + 1,
    etag: `"${'a'.repeat(32)}"`,
  }));
  const response = await post(`/api/uploads/${sessionId}/complete`, { parts });
  expect(response.status).toBe(409);
});

test('an expired session is 410', async () => {
  const { sessionId } = await openUpload(api);
  await runStatement(
    api.platform,
    "update upload_sessions set expires_at = now() - interval '1 h' where id = ?",
    [sessionId],
  );
  const response = await post(`/api/uploads/${sessionId}/parts`, { partNumber: 1 });
  expect(response.status).toBe(410);
  expect((await problemOf(response)).code).toBe('upload_expired');
});

test('complete answers 202 while storage takes its time, and the session ends COMPLETED', async () => {
  const slow = await createTestApi({
    replace: (shared) => ({
      settings: { ...shared.settings, completionAnswerSeconds: 0.05 },
      storage: { ...shared.storage, sources: slowToComplete(shared.storage.sources) },
    }),
  });
  const { sessionId } = await openUpload(slow);
  await storePart(slow, sessionId);
  const response = await slow.call('POST', `/api/uploads/${sessionId}/complete`);
  expect(response.status).toBe(202);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await bodyOf(response)).toEqual({ uploadSessionId: sessionId, status: 'IN_PROGRESS' });
  const sign = await slow.call('POST', `/api/uploads/${sessionId}/parts`, { json: { partNumber: 1 } });
  expect((await problemOf(sign)).code).toBe('completing');
  expect(sign.headers.get('retry-after')).toBe('2');
  await waitFor('the session to be COMPLETED', async () => {
    const answer = await slow.call('GET', `/api/uploads/${sessionId}`);
    return (await bodyOf(answer)).status === 'COMPLETED';
  });
  await slow.close();
});

function slowToComplete(store: ObjectStore): ObjectStore {
  return {
    ...store,
    async completeMultipart(...call) {
      await sleep(600);
      return store.completeMultipart(...call);
    },
  };
}

test('the policies can be read without a token', async () => {
  const response = await api.call('GET', '/api/upload-policies', { as: null });
  expect(response.status).toBe(200);
  const { items } = await bodyOf(response);
  const mobile = items.find((item) => item.name === 'mobile');
  expect(mobile?.maxSizeBytes).toBe(1.5 * 1024 ** 3);
  expect(mobile).toMatchObject({ transcoder: null });
  expect(mobile?.formats.map((format) => format.name).sort()).toEqual(
    ['3GP', 'AVI', 'MOV', 'MP4', 'WMV'].sort(),
  );
});
