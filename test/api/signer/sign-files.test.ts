import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runTask } from '#test/domain/stage.ts';
import { edit, type SetOnDisk, wholeSet } from '#test/domain/upload/set-steps.ts';
import { createTestApi, type TestApi } from '../test-api.ts';
import { filesOf, type SignedUpload, signing, video } from './signing-steps.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

const { signed, problem, countVideos } = signing(() => api);

async function send(uploads: readonly SignedUpload[], set: SetOnDisk, folder = ''): Promise<void> {
  const types = new Map(filesOf(set, folder).map(({ path, contentType }) => [path, contentType]));
  for (const { path, uploadUrl } of uploads) {
    const body = new Uint8Array(set.get(path.slice(folder.length)) ?? Buffer.alloc(0));
    const headers = { 'content-type': types.get(path) ?? '' };
    const put = await fetch(uploadUrl, { method: 'PUT', body, headers });
    await put.arrayBuffer();
    if (put.status !== 200) throw new Error(`PUT of ${path} answered ${put.status}`);
  }
}
const system = () => api.platform.context({ kind: 'system' });
describe('video files', () => {
  test('become a video each, in the order of the request, for fifteen minutes', async () => {
    const before = Date.now();
    const uploads = await signed([video('a.mp4'), video('trips/b.mp4')]);
    expect(uploads.map(({ path }) => path)).toEqual(['a.mp4', 'trips/b.mp4']);
    const [a, b] = uploads;
    expect(a?.videoId).not.toBe(b?.videoId);
    for (const upload of uploads) {
      expect(Object.keys(upload).sort()).toEqual(
        ['path', 'videoId', 'uploadUrl', 'key', 'publicUrl', 'expiresAt', 'uploadSessionId'].sort(),
      );
      expect(upload.key).toMatch(
        new RegExp(`^staging/${upload.videoId}/${upload.uploadSessionId}/source\\.mp4$`),
      );
      expect(upload.publicUrl).toBe(`http://localhost:4000/media/${upload.videoId}/master.m3u8`);
      const lifeSeconds = (Date.parse(upload.expiresAt) - before) / 1000;
      expect(lifeSeconds).toBeGreaterThan(880);
      expect(lifeSeconds).toBeLessThan(960);
    }
  });

  test('carry the title of their name', async () => {
    const as = randomUUID();
    const [upload] = await signed([video('trips/Rome 1.mp4'.replace(' ', '-'))], { as });
    const shown = await api.call('GET', `/api/videos/${upload?.videoId}`, { as });
    expect(await shown.json()).toMatchObject({ title: 'Rome-1', status: 'UPLOADING' });
  });
});

describe('an HLS set', () => {
  test('is one video; when its last file stands it is published, and publicUrl leads to it', async () => {
    const set = wholeSet();
    const as = randomUUID();
    const uploads = await signed([...filesOf(set, 'job-7/'), video('extra.mp4')], { as });
    const ofSet = uploads.filter(({ path }) => path.startsWith('job-7/'));
    expect(new Set(ofSet.map(({ videoId }) => videoId)).size).toBe(1);
    expect(ofSet).toHaveLength(set.size);
    expect(uploads.at(-1)?.videoId).not.toBe(ofSet[0]?.videoId);
    await send(ofSet, set, 'job-7/');
    const [{ uploadSessionId: sessionId, videoId } = { uploadSessionId: '', videoId: '' }] = ofSet;
    await runTask('publish-set', system(), { sessionId });

    const shown = await api.call('GET', `/api/videos/${videoId}`, { as });
    expect(await shown.json()).toMatchObject({ title: 'job-7', status: 'READY', durationSeconds: 8 });
    for (const { path, publicUrl } of ofSet) {
      const here = new URL(publicUrl).pathname;
      const led = await api.call('GET', here, { as: null });
      expect(led.status, path).toBe(302);
      const file = await api.call('GET', new URL(led.headers.get('location') ?? '').pathname, { as: null });
      expect(file.status, path).toBe(200);
      const bytes = Buffer.from(await file.arrayBuffer());
      expect(bytes.equals(set.get(path.slice('job-7/'.length)) ?? Buffer.alloc(0)), path).toBe(true);
    }
    const watched = await api.call('GET', `/watch/${videoId}.json`, { as: null });
    expect(await watched.json()).toMatchObject({
      status: 'READY',
      streamUrl: expect.stringContaining('master.m3u8'),
    });
  });

  test('is signed again by its videoId while it comes in: the same keys, some of the files too', async () => {
    const as = randomUUID();
    const files = filesOf(wholeSet(), 'job/');
    const first = await signed(files, { as });
    const videoId = first[0]?.videoId ?? '';
    const some = files.filter(({ path }) => path.endsWith('.m4s'));
    const again = await signed(some, { as, videoId });
    expect(again.map(({ key }) => key)).toEqual(
      first.filter(({ path }) => path.endsWith('.m4s')).map(({ key }) => key),
    );
    expect(await countVideos(as)).toBe(1);
  });

  test('of other files replaces the one that was begun while nothing of that is stored, else it is a conflict', async () => {
    const as = randomUUID();
    const set = wholeSet();
    const [first] = await signed(filesOf(set), { as });
    const videoId = first?.videoId ?? '';
    const other = wholeSet();
    edit(other, 'master.m3u8', 'BANDWIDTH=800000', 'BANDWIDTH=8000001');
    const second = await signed(filesOf(other), { as, videoId });
    expect(second[0]?.uploadSessionId).not.toBe(first?.uploadSessionId);
    await send(second.slice(0, 1), other);
    expect(await problem(filesOf(set), { as, videoId })).toMatchObject({
      status: 409,
      code: 'upload_conflict',
    });
    expect(await signed(filesOf(other), { as, videoId })).toHaveLength(other.size);
  });

  test('becomes the next version of a video that plays', async () => {
    const as = randomUUID();
    const set = wholeSet();
    const first = await signed(filesOf(set), { as });
    const videoId = first[0]?.videoId ?? '';
    await send(first, set);
    await runTask('publish-set', system(), { sessionId: first[0]?.uploadSessionId });
    const second = await signed(filesOf(set), { as, videoId });
    expect(second[0]?.videoId).toBe(videoId);
    const shown = await api.call('GET', `/api/videos/${videoId}`, { as });
    expect(await shown.json()).toMatchObject({ status: 'READY' });
    await send(second, set);
    await runTask('publish-set', system(), { sessionId: second[0]?.uploadSessionId });
    const versions = (await system().em.execute(
      'select state from transcode_jobs where video_id = ? order by created_at',
      [videoId],
    )) as { state: string }[];
    expect(versions).toEqual([{ state: 'SUCCEEDED' }, { state: 'SUCCEEDED' }]);
  });
});

test('the same request with the same Idempotency-Key opens nothing more and signs the same keys', async () => {
  const as = randomUUID();
  const key = randomUUID();
  const files = [video('a.mp4'), ...filesOf(wholeSet(), 'job/'), video('b.mp4')];
  const first = await signed(files, { as, key });
  const again = await signed(files, { as, key });
  expect(again.map(({ path, key: k, videoId }) => [path, k, videoId])).toEqual(
    first.map(({ path, key: k, videoId }) => [path, k, videoId]),
  );
  expect(await countVideos(as)).toBe(3);
  expect(await problem([video('c.mp4')], { as, key })).toMatchObject({
    status: 422,
    code: 'idempotency_mismatch',
  });
});

test('two thousand files are signed in one request', async () => {
  const segments = Array.from({ length: 1998 }, (_, i) => ({ path: `v/${i}.ts`, contentType: 'video/mp2t' }));
  const playlists = ['master.m3u8', 'v/list.m3u8'].map((path) => ({
    path,
    contentType: 'application/vnd.apple.mpegurl',
  }));
  const uploads = await signed([...segments, ...playlists]);
  expect(new Set(uploads.map(({ key }) => key)).size).toBe(2000);
});
