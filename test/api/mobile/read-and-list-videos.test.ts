import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { draft, failTranscode, publish, uploaded } from '../pipeline-steps.ts';
import { bodyOf, createTestApi, problemOf, type TestApi } from '../test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

const READING = [
  'id',
  'ownerId',
  'title',
  'description',
  'status',
  'failReason',
  'playback',
  'posterUrl',
  'progress',
  'durationSeconds',
  'width',
  'height',
  'metadata',
  'createdAt',
  'updatedAt',
];
const read = async (id: string) => bodyOf(await api.call('GET', `/api/videos/${id}`));

test('a video that is not READY has no stream', async () => {
  const body = await read(await draft(api));
  expect(Object.keys(body)).toEqual(READING);
  expect(body.playback).toEqual({ ready: false, streamUrl: null });
  expect(body).toMatchObject({ status: 'DRAFT', failReason: null, progress: null, posterUrl: null });
});

test('a READY video has the stream of its current version', async () => {
  const { videoId } = await uploaded(api);
  const prefix = await publish(api, videoId, { 'master.m3u8': '#EXTM3U\n' });
  const body = await read(videoId);
  expect(Object.keys(body)).toEqual(READING);
  expect(body.status).toBe('READY');
  expect(body.playback).toEqual({
    ready: true,
    streamUrl: `http://localhost:4000/media/${prefix}master.m3u8`,
  });
});

test('a FAILED video says why', async () => {
  const { videoId } = await uploaded(api);
  await failTranscode(api, videoId);
  expect(await read(videoId)).toMatchObject({
    status: 'FAILED',
    failReason: 'TRANSCODE_ERROR',
    playback: { ready: false, streamUrl: null },
  });
});

test('the ETag stays while the state moves, so an edit that was begun before still holds', async () => {
  const { videoId } = await uploaded(api);
  const before = await api.call('GET', `/api/videos/${videoId}`);
  await failTranscode(api, videoId);
  const after = await api.call('GET', `/api/videos/${videoId}`, {
    headers: { 'If-None-Match': before.headers.get('etag') ?? '' },
  });
  expect(after.status).toBe(200);
  expect(after.headers.get('etag')).toBe(before.headers.get('etag'));
  expect((await bodyOf(after)).status).toBe('FAILED');
});

test('no token, another owner, an unknown id and a broken id', async () => {
  const path = `/api/videos/${await draft(api)}`;
  expect((await problemOf(await api.call('GET', path, { as: null }))).code).toBe('unauthenticated');
  for (const response of [
    await api.call('GET', path, { as: randomUUID() }),
    await api.call('GET', `/api/videos/${randomUUID()}`),
    await api.call('GET', '/api/videos/not-a-uuid'),
  ]) {
    expect(response.status).toBe(404);
    expect((await problemOf(response)).code).toBe('video_not_found');
  }
});

test('a list pages through all videos of its owner, newest first, each once', async () => {
  const fresh = await createTestApi({ sharing: api.platform });
  const ids: string[] = [];
  for (let n = 0; n < 5; n += 1) ids.unshift(await draft(fresh));
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = await bodyOf(await fresh.call('GET', `/api/videos?limit=2${query}`));
    seen.push(...page.items.map((item) => item.id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(seen).toEqual(ids);
  await fresh.close();
});

test('a list item has the members of the contract and those that were added', async () => {
  await draft(api);
  const { items, nextCursor } = await bodyOf(await api.call('GET', '/api/videos?limit=1'));
  expect(nextCursor).toEqual(expect.any(String));
  expect(Object.keys(items[0] ?? {})).toEqual([
    'id',
    'title',
    'description',
    'status',
    'posterUrl',
    'progress',
    'durationSeconds',
    'width',
    'height',
    'createdAt',
    'updatedAt',
  ]);
});

test.each(['DRAFT', 'UPLOADING', 'UPLOADED', 'TRANSCODING', 'READY', 'FAILED'])(
  'a list can be narrowed to %s',
  async (status) => {
    await uploaded(api);
    const response = await api.call('GET', `/api/videos?status=${status}`);
    expect(response.status).toBe(200);
    const { items } = await bodyOf(response);
    expect(items.every((item) => item.status === status)).toBe(true);
    if (status === 'UPLOADED') expect(items.length).toBeGreaterThan(0);
  },
);

test.each([
  ['limit=0', 'invalid_request'],
  ['limit=101', 'invalid_request'],
  ['limit=2.5', 'invalid_request'],
  ['limit=', 'invalid_request'],
  ['limit=1&limit=2', 'invalid_request'],
  ['status=DONE', 'invalid_request'],
  ['statuss=READY', 'invalid_request'],
  ['cursor=', 'invalid_cursor'],
  ['cursor=abc', 'invalid_cursor'],
  [`cursor=${Buffer.from('2026-02-30 00:00:00+00|x').toString('base64url')}`, 'invalid_cursor'],
])('the query %s is refused', async (query, code) => {
  const response = await api.call('GET', `/api/videos?${query}`);
  expect(response.status).toBe(422);
  expect((await problemOf(response)).code).toBe(code);
});
