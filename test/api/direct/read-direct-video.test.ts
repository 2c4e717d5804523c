import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DIRECT_WORDS } from '#api/dialects/direct/words.ts';
import { LEARNING_WORDS } from '#api/dialects/learning/words.ts';
import { PROCESSOR_WORDS } from '#api/dialects/processor/words.ts';
import { videoStates } from '#domain/video/video-states.ts';
import { draft, failTranscode, openUpload, publish, runStatement, uploaded } from '../pipeline-steps.ts';
import { createTestApi, problemOf, type TestApi } from '../test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api?.close());

const read = async (videoId: string) => {
  const response = await api.call('GET', `/api/v1/videos/${videoId}`);
  expect(response.status).toBe(200);
  return (await response.json()) as Record<string, unknown>;
};

test.each([
  ['direct', DIRECT_WORDS],
  ['learning', LEARNING_WORDS],
  ['processor', PROCESSOR_WORDS],
])('every state has a word in the contract %s', (_, words) => {
  expect(Object.keys(words).sort()).toEqual([...videoStates.states].sort());
});

test('each state is told in the words of the document', async () => {
  const { videoId } = await uploaded(api);
  const failed = (await uploaded(api)).videoId;
  await failTranscode(api, failed);
  expect((await read(await draft(api))).status).toBe('pending');
  expect((await read((await openUpload(api)).videoId)).status).toBe('uploading');
  expect((await read(videoId)).status).toBe('uploaded');
  await runStatement(api.platform, "update videos set status = 'TRANSCODING' where id = ?", [videoId]);
  expect(await read(videoId)).toMatchObject({ status: 'processing', progress: 0, playback_url: null });
  expect(await read(failed)).toMatchObject({ status: 'errored', fail_reason: 'TRANSCODE_ERROR' });
});

test('a ready video has the members of the contract, and its playback_url plays', async () => {
  const { videoId } = await uploaded(api);
  const prefix = await publish(api, videoId, { 'master.m3u8': '#EXTM3U\n' });
  const body = await read(videoId);
  expect(body).toEqual({
    id: videoId,
    title: 'Tour',
    description: null,
    status: 'ready',
    playback_url: `http://localhost:4000/media/${prefix}master.m3u8`,
    thumbnail_url: null,
    fail_reason: null,
    progress: null,
    duration_seconds: null,
    width: null,
    height: null,
    metadata: {},
    created_at: expect.any(String),
    updated_at: expect.any(String),
  });
  const { pathname } = new URL(String(body.playback_url));
  expect(await (await api.call('GET', pathname, { as: null })).text()).toBe('#EXTM3U\n');
});

test("another owner's video, one that never was, and no id at all are 404; no token is 401", async () => {
  const videoId = await draft(api);
  const path = `/api/v1/videos/${videoId}`;
  for (const response of [
    await api.call('GET', path, { as: randomUUID() }),
    await api.call('GET', `/api/v1/videos/${randomUUID()}`),
    await api.call('GET', '/api/v1/videos/abc123'),
  ])
    expect((await problemOf(response)).code).toBe('video_not_found');
  expect((await api.call('GET', path, { as: null })).status).toBe(401);
});

test('the policies tell what each contract takes, in what number and whether in archives', async () => {
  const response = await api.call('GET', '/api/upload-policies', { as: null });
  const { items } = (await response.json()) as { items: Record<string, unknown>[] };
  const told = items.map(({ name, uploadsPerHour, archives }) => [name, uploadsPerHour, archives]);
  expect(told).toEqual([
    ['mobile', null, false],
    ['direct', 10, false],
    ['admin', null, true],
    ['learning', null, false],
    ['signer', 10, false],
  ]);
});
