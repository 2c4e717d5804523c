import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openUpload, publish, runStatement, uploaded } from '../pipeline-steps.ts';
import { createTestApi, type TestApi } from '../test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api?.close());

const MEDIA = { 'master.m3u8': '#EXTM3U\n', '720p/playlist.m3u8': '#EXTM3U\n#EXT-X-ENDLIST\n' };
const get = (path: string, method = 'GET') => api.call(method, path, { as: null });

test('what stands under the id of a job leads to the current version, without a token and without a cache', async () => {
  const { videoId } = await uploaded(api);
  const prefix = await publish(api, videoId, MEDIA);
  for (const file of Object.keys(MEDIA)) {
    const response = await get(`/media/${videoId}/${file}`);
    expect(response.status).toBe(302);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    const address = response.headers.get('location') ?? '';
    expect(address).toBe(`http://localhost:4000/media/${prefix}${file}`);
    const served = await get(new URL(address).pathname);
    expect([served.status, await served.text()]).toEqual([200, MEDIA[file as keyof typeof MEDIA]]);
  }
  expect((await get(`/media/${videoId}/master.m3u8`, 'HEAD')).status).toBe(302);
});

test('the poster has a place of its own', async () => {
  const { videoId } = await uploaded(api);
  await publish(api, videoId, MEDIA);
  expect((await get(`/media/${videoId}/poster.jpg`)).status).toBe(404);
  const key = `videos/${videoId}/poster/${'0'.repeat(32)}/poster.jpg`;
  await runStatement(api.platform, 'update videos set poster_key = ? where id = ?', [key, videoId]);
  const response = await get(`/media/${videoId}/poster.jpg`);
  expect(response.headers.get('location')).toBe(`http://localhost:4000/media/${key}`);
});

test('a video that is not READY, deleted or not there leads nowhere', async () => {
  const waiting = (await openUpload(api)).videoId;
  const deleted = (await uploaded(api)).videoId;
  await publish(api, deleted, MEDIA);
  await api.call('DELETE', `/api/videos/${deleted}`);
  for (const id of [waiting, deleted, randomUUID()])
    expect((await get(`/media/${id}/master.m3u8`)).status).toBe(404);
});

test('no path leads out of the version', async () => {
  const { videoId } = await uploaded(api);
  const other = (await uploaded(api)).videoId;
  await publish(api, videoId, MEDIA);
  await publish(api, other, MEDIA);
  for (const path of [
    '..%2f..%2fmaster.m3u8',
    `..%2f..%2f..%2f${other}%2fmaster.m3u8`,
    '%2e%2e/master.m3u8',
    '720p/../master.m3u8%00',
    '720p%2fplaylist.m3u8',
    '720p%5cplaylist.m3u8',
    'a/b/c/d/e/f.m3u8',
    '.hidden',
    'master',
    '/master.m3u8',
    '',
  ]) {
    const response = await get(`/media/${videoId}/${path}`);
    expect(response.status, path).toBeGreaterThanOrEqual(400);
    expect(response.status, path).toBeLessThan(500);
  }
});

test('the published objects themselves are still served where they stand', async () => {
  const { videoId } = await uploaded(api);
  const prefix = await publish(api, videoId, MEDIA);
  expect((await get(`/media/${prefix}master.m3u8`)).status).toBe(200);
  expect((await get(`/media/videos/${videoId}/master.m3u8`)).status).toBe(404);
  expect((await get('/media/nothing')).status).toBe(404);
});
