import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failTranscode, publish } from '../pipeline-steps.ts';
import { createTestApi, problemOf, type TestApi } from '../test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi({ env: { UPLOAD_POLICIES: '{"direct":{"uploadsPerHour":null}}' } });
});
afterAll(() => api.close());

interface Opened {
  readonly video_id: string;
  readonly upload_url: string;
  readonly status: string;
  readonly headers: Record<string, string>;
}
const FILE = { filename: 'video.mp4', content_type: 'video/mp4' };
const opened = async (response: Response, status: number) => {
  expect(response.status).toBe(status);
  return (await response.json()) as Opened;
};
const create = async () =>
  opened(await api.call('POST', '/api/v1/videos', { json: { title: 'My Video', ...FILE } }), 201);
const pathOf = (videoId: string) => `/api/v1/videos/${videoId}/upload_url`;
const reopen = (videoId: string, json: object = FILE, request: object = {}) =>
  api.call('POST', pathOf(videoId), { json, ...request });

async function send({ video_id, upload_url, headers }: Opened): Promise<void> {
  const put = await fetch(upload_url, { method: 'PUT', headers, body: new Uint8Array(randomBytes(500)) });
  expect(put.status).toBe(200);
  expect((await api.call('POST', `/api/uploads/${await sessionOf(video_id)}/complete`)).status).toBe(200);
}

async function sessionOf(videoId: string): Promise<string> {
  const rows: unknown = await api.platform
    .context({ kind: 'system' })
    .em.execute(
      "select id from upload_sessions where video_id = ? and status in ('INITIATED', 'IN_PROGRESS')",
      [videoId],
    );
  return (rows as { id: string }[])[0]?.id ?? '';
}

test('a file that never came is given its URL again, signed anew', async () => {
  const first = await create();
  const again = await opened(await reopen(first.video_id), 200);
  expect(again).toMatchObject({ video_id: first.video_id, status: 'uploading', headers: first.headers });
  expect(new URL(again.upload_url).pathname).toBe(new URL(first.upload_url).pathname);
});

test('a video that failed takes another file', async () => {
  const first = await create();
  await send(first);
  await failTranscode(api, first.video_id, 'SOURCE_NOT_VIDEO');
  const again = await opened(await reopen(first.video_id), 200);
  expect(again.status).toBe('uploading');
  expect(again.upload_url).not.toBe(first.upload_url);
  await send(again);
});

test('a ready video takes the next one and stays ready', async () => {
  const first = await create();
  await send(first);
  await publish(api, first.video_id, { 'master.m3u8': '#EXTM3U' });
  const again = await opened(await reopen(first.video_id, { ...FILE, size_bytes: 500 }), 200);
  expect(again.status).toBe('ready');
  await send(again);
});

test('a repetition with its key opens nothing more', async () => {
  const { video_id } = await create();
  const request = { headers: { 'idempotency-key': `reopen-${video_id}` } };
  const larger = { ...FILE, size_bytes: 700 };
  const first = await opened(await reopen(video_id, larger, request), 200);
  const second = await reopen(video_id, larger, request);
  expect(second.headers.get('idempotency-replayed')).toBe('true');
  const { upload_url } = await opened(second, 200);
  expect(new URL(upload_url).pathname).toBe(new URL(first.upload_url).pathname);
});

test('each refusal has its code', async () => {
  const { video_id } = await create();
  const codeOf = async (response: Response) => (await problemOf(response)).code;
  expect(await codeOf(await reopen(randomUUID()))).toBe('video_not_found');
  expect(await codeOf(await reopen(video_id, FILE, { as: randomUUID() }))).toBe('video_not_found');
  expect((await reopen(video_id, FILE, { as: null })).status).toBe(401);
  expect(await codeOf(await reopen(video_id, { filename: 'video.mp4' }))).toBe('invalid_request');
  expect(await codeOf(await reopen(video_id, { ...FILE, title: 'Another' }))).toBe('invalid_request');
  expect(await codeOf(await reopen(video_id, { ...FILE, content_type: 'video/ogg' }))).toBe(
    'unsupported_format',
  );
  const huge = await problemOf(await reopen(video_id, { ...FILE, size_bytes: 6 * 1024 ** 3 }));
  expect(huge).toMatchObject({ code: 'file_too_large', errors: [{ field: 'size_bytes' }] });
  const sent = await create();
  await send(sent);
  expect(await codeOf(await reopen(sent.video_id))).toBe('illegal_transition');
});
