import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { makeClip } from '#test/support/clips.ts';
import { waitFor } from '#test/support/conditions.ts';
import { type Pipeline, type ShownVideo, startPipeline } from '#test/support/pipeline.ts';
import { processesNaming } from '../ffmpeg/child-processes.ts';
import { fetchStream } from './published-stream.ts';
import { storageRefuses, troubledStorage } from './troubled-storage.ts';

const trouble = troubledStorage();
let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await startPipeline({
    // One failed attempt is the end, so that failing is quick.
    env: { TRANSCODE_ATTEMPTS: '1' },
    replace: trouble.replace,
  });
});
afterEach(() => trouble.reset());
afterAll(() => pipeline?.close());

const sourceOf = async (videoId: string) => {
  const [row] = await pipeline.rows<{ source_file_key: string }>(
    'select source_file_key from videos where id = ?',
    [videoId],
  );
  return row?.source_file_key ?? '';
};
const jobsOf = (videoId: string) =>
  pipeline.rows<{ state: string; version: string; fail_reason: string | null }>(
    'select state, version, fail_reason from transcode_jobs where video_id = ? order by created_at, id',
    [videoId],
  );
const encoders = () => processesNaming(pipeline.platform.config.TMP_DIR);
const storage = () => pipeline.platform.context({ kind: 'system' }).storage;

/** Uploads a clip of 20 s and waits until FFmpeg has stored its first segments and stands in mid-encode. */
async function encodingHalfWay(): Promise<string> {
  trouble.hold();
  const videoId = await pipeline.uploadClip(await makeClip('long'));
  await waitFor(
    'segments',
    async () => (await pipeline.keys('media', `videos/${videoId}/hls/`)).some((key) => /\.m4s$/.test(key)),
    { timeoutMs: 60_000 },
  );
  expect(await encoders()).not.toEqual([]);
  return videoId;
}

async function readyVideo(): Promise<ShownVideo> {
  return pipeline.untilReady(await pipeline.uploadClip(await makeClip('silent')));
}

test('DELETE in mid-encode ends FFmpeg and leaves nothing in either bucket', async () => {
  const videoId = await encodingHalfWay();
  expect((await pipeline.call('DELETE', `/api/videos/${videoId}`)).status).toBe(204);
  for (const path of [`/api/videos/${videoId}`, `/watch/${videoId}`, `/watch/${videoId}.json`])
    expect((await pipeline.call('GET', path)).status).toBe(404);
  // It is still held, so it does not end by itself.
  await waitFor('FFmpeg to end', async () => (await encoders()).length === 0);
  expect(await jobsOf(videoId)).toMatchObject([{ state: 'CANCELED' }]);
  // As the reconciler does until the last signature is dead: what FFmpeg wrote on its way out goes too.
  const { em, enqueue } = pipeline.platform.context({ kind: 'system' });
  await em.transactional((tx) => enqueue(tx, 'purge-video', { videoId }));
  await waitFor('both buckets to be empty', async () => {
    const left = [
      ...(await pipeline.keys('sources', `uploads/${videoId}/`)),
      ...(await pipeline.keys('media', `videos/${videoId}/`)),
    ];
    return left.length === 0;
  });
});

test('a source that was replaced after it was accepted is SOURCE_CHANGED', async () => {
  const videoId = await encodingHalfWay();
  const key = await sourceOf(videoId);
  await storage().sources.put(key, randomBytes(50_000), { contentType: 'video/mp4' });
  // The read under way had the old bytes; the next one is pinned to them and finds others.
  trouble.release({ cut: true });
  expect(await pipeline.untilEnded(videoId)).toMatchObject({
    status: 'FAILED',
    failReason: 'SOURCE_CHANGED',
  });
  expect((await pipeline.call('POST', `/api/videos/${videoId}/retry`)).status).toBe(409);
});

test('a second upload makes the next version while the first one plays on', async () => {
  const first = await readyVideo();
  const oldSource = await sourceOf(first.id);
  trouble.hold(0);
  await pipeline.uploadClip(await makeClip('one-second'), { videoId: first.id });
  await waitFor('the second encode', async () => (await encoders()).length > 0, { timeoutMs: 60_000 });
  // Everything a viewer sees is the old one's until the new one is whole.
  expect(await pipeline.show(first.id)).toMatchObject({
    status: 'READY',
    durationSeconds: 2,
    posterUrl: first.posterUrl,
    playback: first.playback,
  });
  await fetchStream(pipeline, first);
  expect(await pipeline.keys('sources', oldSource)).toEqual([oldSource]);

  trouble.release();
  const statuses = new Set<string>();
  const second = await waitFor(
    'the next version',
    async () => {
      const video = await pipeline.show(first.id);
      statuses.add(video.status);
      return video.playback?.streamUrl !== first.playback?.streamUrl && video;
    },
    { timeoutMs: 60_000 },
  );
  expect([...statuses]).toEqual(['READY']);
  expect(second.durationSeconds).toBe(1);
  const stream = await fetchStream(pipeline, second);
  expect(stream.audio).not.toBeNull();
  // Viewers of the old one are in the middle of it.
  await fetchStream(pipeline, first);
  await waitFor('the old source to go', async () => (await pipeline.keys('sources', oldSource)).length === 0);
  const newSource = await sourceOf(first.id);
  expect(await pipeline.keys('sources', `uploads/${first.id}/`)).toEqual([newSource]);
});

test('a FAILED video is READY after a retry, from the same source', async () => {
  trouble.onWrite = (key) => {
    if (key.includes('/hls/')) throw storageRefuses();
  };
  const videoId = await pipeline.uploadClip(await makeClip('silent'));
  expect(await pipeline.untilEnded(videoId)).toMatchObject({
    status: 'FAILED',
    failReason: 'TRANSCODE_ERROR',
  });
  const source = await sourceOf(videoId);
  trouble.reset();
  const retried = await pipeline.call('POST', `/api/videos/${videoId}/retry`);
  expect(retried.status).toBe(202);
  const video = await pipeline.untilReady(videoId);
  expect(video.failReason).toBeNull();
  await fetchStream(pipeline, video);
  expect(await sourceOf(videoId)).toBe(source);
  expect((await jobsOf(videoId)).map(({ state }) => state)).toEqual(['FAILED', 'SUCCEEDED']);
});

test.each([
  ['whose encode fails', 'silent', true],
  ['that is no video', 'audio-only', false],
] as const)('a next version %s leaves the one that plays alone', async (_, clip, fails) => {
  const first = await readyVideo();
  if (fails)
    trouble.onWrite = (key) => {
      if (key.includes('/hls/')) throw storageRefuses();
    };
  await pipeline.uploadClip(await makeClip(clip), { videoId: first.id });
  const [letter] = await waitFor(
    'the dead letter',
    async () => {
      const letters = await pipeline.rows<{ reason: string }>(
        'select reason from dead_letters where video_id = ?',
        [first.id],
      );
      return letters.length > 0 && letters;
    },
    { timeoutMs: 60_000 },
  );
  expect(letter?.reason).toBe(fails ? 'TRANSCODE_ERROR' : 'SOURCE_NOT_VIDEO');
  expect(await pipeline.show(first.id)).toEqual({ ...first, updatedAt: expect.anything() });
  await fetchStream(pipeline, first);
});
