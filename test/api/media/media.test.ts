import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serveApi } from '#api/serve.ts';
import type { ObjectStore } from '#providers/storage/object-store.ts';
import { StorageError } from '#providers/storage/storage-errors.ts';
import { waitFor } from '#test/support/conditions.ts';
import { publish, uploaded } from '../pipeline-steps.ts';
import { createTestApi, type TestApi } from '../test-api.ts';

const SEGMENT = '0123456789'.repeat(100);
const OBJECTS = { 'master.m3u8': '#EXTM3U\n', '720p/init.mp4': 'init', '720p/seg_00000.m4s': SEGMENT };

let api: TestApi;
let prefix: string;
let videoId: string;
/** Bodies that the store has handed out, so that a leak can be seen. */
const opened: Readable[] = [];

beforeAll(async () => {
  api = await createTestApi({
    replace: (shared) => ({ storage: { ...shared.storage, media: watched(shared.storage.media) } }),
  });
  ({ videoId } = await uploaded(api));
  prefix = await publish(api, videoId, OBJECTS);
});
afterAll(() => api.close());

function watched(store: ObjectStore): ObjectStore {
  return {
    ...store,
    async get(...call) {
      const answer = await store.get(...call);
      opened.push(answer.body);
      return answer;
    },
  };
}

const get = (name: string, headers: Record<string, string> = {}, method = 'GET') =>
  api.call(method, `/media/${prefix}${name}`, { as: null, headers });
const SEGMENT_NAME = '720p/seg_00000.m4s';

test.each([
  ['master.m3u8', 'application/vnd.apple.mpegurl'],
  ['720p/init.mp4', 'video/mp4'],
  ['720p/seg_00000.m4s', 'video/iso.segment'],
] as const)('%s comes whole, as %s, to be kept for ever by any page', async (name, type) => {
  const response = await get(name, { Origin: 'https://somewhere.example' });
  expect(response.status).toBe(200);
  expect(await response.text()).toBe(OBJECTS[name]);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': type,
    'content-length': String(OBJECTS[name].length),
    'cache-control': 'public, max-age=31536000, immutable',
    'accept-ranges': 'bytes',
    'access-control-allow-origin': '*',
    'x-content-type-options': 'nosniff',
    etag: expect.stringMatching(/^"[0-9a-f-]+"$/),
  });
});

test.each([
  ['master_1080p_00001.cmfv', 'video/mp4'],
  ['master_audio_00001.cmfa', 'audio/mp4'],
  ['master_1080p.m3u8', 'application/vnd.apple.mpegurl'],
  ['poster.0000001.jpg', 'image/jpeg'],
  ['hls/mp4:720p/v=1/segment_1.TS', 'video/mp2t'],
  ['thumbs/storyboard.vtt', 'text/vtt; charset=utf-8'],
])('%s, as a provider names it, comes as %s although storage knows no type', async (name, type) => {
  const video = await uploaded(api);
  const path = await publish(api, video.videoId, { 'master.m3u8': '#EXTM3U\n', [name]: 'x' });
  const response = await api.call('GET', `/media/${path}${name}`, { as: null });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, type]);
  const moved = await api.call('GET', `/media/${video.videoId}/${name}`, { as: null });
  expect(moved.status).toBe(302);
  expect(decodeURIComponent(moved.headers.get('location') ?? '')).toMatch(new RegExp(`/${path}${name}$`));
});

test.each([
  ['bytes=0-9', 'bytes 0-9/1000', '0123456789'],
  ['bytes=995-', 'bytes 995-999/1000', '56789'],
  ['bytes=-3', 'bytes 997-999/1000', '789'],
  ['bytes=998-5000', 'bytes 998-999/1000', '89'],
  ['bytes=-5000', 'bytes 0-999/1000', SEGMENT],
])('%s is answered with exactly these bytes', async (Range, contentRange, body) => {
  const response = await get(SEGMENT_NAME, { Range });
  expect(response.status).toBe(206);
  expect(response.headers.get('content-range')).toBe(contentRange);
  expect(response.headers.get('content-length')).toBe(String(body.length));
  expect(await response.text()).toBe(body);
});

test.each(['bytes=1000-', 'bytes=5000-6000', 'bytes=-0'])('%s is 416 and tells the size', async (Range) => {
  const response = await get(SEGMENT_NAME, { Range });
  expect(response.status).toBe(416);
  expect(response.headers.get('content-range')).toBe('bytes */1000');
});

test.each(['bytes=0-1,5-6', 'bytes=9-1', 'chunks=1-2'])('%s is answered with the whole', async (Range) => {
  const response = await get(SEGMENT_NAME, { Range });
  expect([response.status, await response.text()]).toEqual([200, SEGMENT]);
});

test('what a browser still has is not sent again', async () => {
  const etag = (await get(SEGMENT_NAME, {}, 'HEAD')).headers.get('etag') ?? '';
  const response = await get(SEGMENT_NAME, { 'If-None-Match': `W/${etag}` });
  expect([response.status, await response.text()]).toEqual([304, '']);
  expect(response.headers.get('etag')).toBe(etag);
  expect((await get(SEGMENT_NAME, { 'If-None-Match': '"other"' })).status).toBe(200);
});

test('a range of an older object is answered with the whole new one', async () => {
  const etag = (await get(SEGMENT_NAME, {}, 'HEAD')).headers.get('etag') ?? '';
  expect((await get(SEGMENT_NAME, { Range: 'bytes=0-1', 'If-Range': etag })).status).toBe(206);
  expect((await get(SEGMENT_NAME, { Range: 'bytes=0-1', 'If-Range': '"old"' })).status).toBe(200);
});

test('HEAD tells all that GET does and opens no body', async () => {
  opened.length = 0;
  const response = await get(SEGMENT_NAME, { Range: 'bytes=0-1' }, 'HEAD');
  expect(response.status).toBe(200);
  expect(response.headers.get('content-length')).toBe('1000');
  expect(await response.text()).toBe('');
  await get(SEGMENT_NAME, { 'If-None-Match': response.headers.get('etag') ?? '' });
  await get(SEGMENT_NAME, { Range: 'bytes=-0' });
  expect(opened).toHaveLength(0);
});

test('nothing outside what was published can be reached', async () => {
  const { sources, media } = api.platform.context({ kind: 'system' }).storage;
  await media.put('secret.txt', 'x', { contentType: 'text/plain' });
  const paths = [
    'secret.txt',
    `videos/${videoId}/hls/../../../secret.txt`,
    `videos/${videoId}/hls/%2e%2e/%2e%2e/%2e%2e/secret.txt`,
    `${prefix}..%2f..%2f..%2f..%2fsecret.txt`,
    `${prefix}%2e%2e%5csecret.txt`,
    `${prefix}%252e%252e%252fsecret.txt`,
    `${prefix}720p//seg_00000.m4s`,
    `${prefix}`,
    `${prefix}missing.m4s`,
    `${prefix}720p/.hidden.m4s`,
    `${prefix}a/b/c/d/e/f.m4s`,
    `${prefix}720p/..seg.m4s`,
    `${prefix.toUpperCase()}master.m3u8`,
    `/${prefix}master.m3u8`,
    `uploads/${videoId}/x/source.mp4`,
    `${sources.bucket}/x`,
  ];
  for (const path of paths) {
    const response = await api.call('GET', `/media/${path}`, { as: null });
    expect(response.status, path).toBe(404);
  }
});

test('what belongs to a deleted video is gone', async () => {
  const gone = await uploaded(api);
  const path = `/media/${await publish(api, gone.videoId, OBJECTS)}master.m3u8`;
  expect((await api.call('GET', path, { as: null })).status).toBe(200);
  await api.call('DELETE', `/api/videos/${gone.videoId}`);
  expect((await api.call('GET', path, { as: null })).status).toBe(404);
});

test('a viewer who goes away frees the body in storage', async () => {
  const big = await publish(api, (await uploaded(api)).videoId, {
    'master.m3u8': '#EXTM3U\n',
    'big.m4s': 'x'.repeat(64 * 1024 * 1024),
  });
  const server = await serveApi(api.app, { port: 0, host: '127.0.0.1' });
  opened.length = 0;
  const abort = new AbortController();
  const response = await fetch(`http://127.0.0.1:${server.port}/media/${big}big.m4s`, {
    signal: abort.signal,
  });
  await response.body?.getReader().read();
  abort.abort();
  await waitFor('the body to be closed', async () => opened.length === 1 && opened[0]?.destroyed);
  expect(await server.close(1000)).toBe(true);
});

test('storage that fails before the first byte is 503 and not a torn answer', async () => {
  const failing = await createTestApi({
    sharing: api.platform,
    replace: (shared) => ({ storage: { ...shared.storage, media: failingReads(shared.storage.media) } }),
  });
  const response = await failing.call('GET', `/media/${prefix}master.m3u8`, { as: null });
  expect(response.status).toBe(503);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await response.text()).not.toContain('bucket-name');
  await failing.close();
});

function failingReads(store: ObjectStore): ObjectStore {
  return {
    ...store,
    async get(...call) {
      const answer = await store.get(...call);
      answer.body.destroy();
      const body = new Readable({
        read() {
          this.destroy(new StorageError('unavailable', 'no answer from bucket-name'));
        },
      });
      return { ...answer, body };
    },
  };
}
