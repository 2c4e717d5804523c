import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { StorageError } from '#providers/storage/storage-errors.ts';
import { draft } from '#test/api/pipeline-steps.ts';
import { bodyOf, problemOf, type TestApi } from '#test/api/test-api.ts';
import { type GateName, type Gates, gated } from '#test/domain/gated-store.ts';
import {
  type Begun,
  begun,
  createCompanionApi,
  granted,
  someBytes,
  storePart,
  uppy,
} from './companion-api.ts';

const gates: Gates = {};
let api: TestApi;
let token: string;
beforeAll(async () => {
  api = await createCompanionApi({
    replace: ({ storage }) => ({ storage: { ...storage, sources: gated(storage.sources, gates) } }),
  });
  ({ token } = await granted(api, { uploads: 100 }));
});
afterAll(() => api.close());
afterEach(() => {
  for (const name of Object.keys(gates)) delete gates[name as GateName];
});

const complete = (upload: Begun, parts: unknown[]) => uppy(api, 'POST', upload.at('/complete'), { parts });

describe('an upload token in the path', () => {
  async function session(): Promise<{ token: string; sessionId: string; videoId: string }> {
    const videoId = await draft(api);
    const json = { sourceMime: 'video/mp4', sourceSizeBytes: 1000 };
    const response = await api.call('POST', `/api/videos/${videoId}/uploads`, { json });
    const body = (await response.json()) as { uploadToken: string; uploadSessionId: string };
    return { token: body.uploadToken, sessionId: body.uploadSessionId, videoId };
  }

  test('leads to the one upload that it is for, whatever the client calls its file', async () => {
    const own = await session();
    const upload = await begun(api, own.token);
    expect([upload.uploadId, upload.key]).toEqual([own.sessionId, own.videoId]);
    expect((await begun(api, own.token)).uploadId).toBe(own.sessionId);
    const part = await storePart(api, upload, 1, someBytes(1000));
    expect((await complete(upload, [part])).status).toBe(200);
    expect((await complete(upload, [part])).status).toBe(200);
    expect(await (await uppy(api, 'GET', upload.at())).json()).toHaveLength(1);
    const again = await uppy(api, 'POST', `/uppy/${own.token}/s3/multipart`, { filename: 'x.mp4' });
    expect((await problemOf(again)).code).toBe('unauthenticated');
  });

  test('leads to no other', async () => {
    const [own, foreign] = [await session(), await session()];
    const path = `/uppy/${own.token}/s3/multipart/${foreign.sessionId}?key=${foreign.videoId}`;
    expect((await problemOf(await uppy(api, 'GET', path))).code).toBe('upload_not_found');
  });
});

test('an upload is reached by the grant that began it, by its own id and key, and by nothing else', async () => {
  const upload = await begun(api, token);
  const { token: other } = await granted(api);
  const path = (withToken: string, id: string, key: string) =>
    `/uppy/${withToken}/s3/multipart/${id}?key=${key}`;
  for (const [withToken, id, key] of [
    [other, upload.uploadId, upload.key],
    [`up_${'a'.repeat(43)}`, upload.uploadId, upload.key],
    ['nonsense', upload.uploadId, upload.key],
    [token, randomUUID(), upload.key],
    [token, 'nonsense', upload.key],
    [token, upload.uploadId, randomUUID()],
  ] as const) {
    for (const method of ['GET', 'DELETE']) {
      const response = await uppy(api, method, path(withToken, id, key));
      expect(response.status).toBe(404);
      expect(await problemOf(response)).toMatchObject({
        code: 'upload_not_found',
        message: expect.any(String),
      });
    }
  }
  // And its secret is no upload token: neither the grant nor the session's id opens the REST routes.
  const headers = { Authorization: `Bearer ${token}` };
  expect((await api.call('GET', `/api/uploads/${upload.uploadId}`, { as: null, headers })).status).toBe(401);
  expect((await bodyOf(await api.call('GET', `/api/uploads/${upload.uploadId}`))).status).toBe('INITIATED');
});

describe('refused, with a message that Uppy can show', () => {
  test.each([
    ['a grant that nobody made', `ug_${'a'.repeat(43)}`, { filename: 'a.mp4' }, 401, 'unauthenticated'],
    ['no token', 'nonsense', { filename: 'a.mp4' }, 401, 'unauthenticated'],
    ['no name', null, {}, 422, 'invalid_request'],
    [
      'a type that is not taken',
      null,
      { filename: 'a.pdf', type: 'application/pdf' },
      422,
      'unsupported_format',
    ],
    ['an empty file', null, { filename: 'a.mp4', metadata: { size: 0 } }, 422, 'empty_file'],
    ['a file that is too large', null, { filename: 'a.mp4', metadata: { size: 6e9 } }, 422, 'file_too_large'],
    ['another policy', null, { filename: 'a.mp4', metadata: { policy: 'admin' } }, 403, 'forbidden'],
  ] as const)('%s', async (_what, withToken, json, status, code) => {
    const response = await uppy(api, 'POST', `/uppy/${withToken ?? token}/s3/multipart`, json);
    expect(response.status).toBe(status);
    expect(await problemOf(response)).toMatchObject({ code, message: expect.stringMatching(/\w/) });
  });

  test('a body that is no JSON, and numbers that are none', async () => {
    const headers = { 'Content-Type': 'text/plain' };
    const text = await api.call('POST', `/uppy/${token}/s3/multipart`, { as: null, body: 'x', headers });
    expect((await problemOf(text)).status).toBe(415);
    const upload = await begun(api, token);
    for (const path of [upload.at('/x'), `${upload.at('/batch')}&partNumbers=1,x`, upload.at('/batch')])
      expect((await problemOf(await uppy(api, 'GET', path))).code).toBe('invalid_request');
    const parts = [{ PartNumber: 0, ETag: 'x' }];
    expect((await problemOf(await complete(upload, parts))).code).toBe('invalid_request');
  });

  test('while storage is away', async () => {
    gates.createMultipart = () => {
      throw new StorageError('unavailable', 'storage is away');
    };
    const response = await uppy(api, 'POST', `/uppy/${token}/s3/multipart`, { filename: 'a.mp4' });
    expect(response.status).toBe(503);
    expect(await problemOf(response)).toMatchObject({
      code: 'storage_unavailable',
      message: expect.any(String),
    });
  });
});

test('pages of any origin may call it, and nothing of it is cached', async () => {
  const preflight = await api.call('OPTIONS', `/uppy/${token}/s3/multipart`, {
    as: null,
    headers: {
      Origin: 'https://app.example.com',
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'content-type',
    },
  });
  expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
  expect(preflight.headers.get('access-control-allow-headers')).toContain('content-type');
  const upload = await begun(api, token);
  const response = await api.call('GET', upload.at(), {
    as: null,
    headers: { Origin: 'https://app.example.com' },
  });
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  expect(response.headers.get('cache-control')).toBe('no-store');
});
