import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeClip } from '#test/support/clips.ts';
import { waitFor } from '#test/support/conditions.ts';
import { type Pipeline, startPipeline } from '#test/support/pipeline.ts';
import { fetchStream } from './published-stream.ts';

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await startPipeline();
});
afterAll(() => pipeline?.close());

test('a phone video goes from upload to a stream that plays', async () => {
  const video = await pipeline.untilReady(await pipeline.uploadClip(await makeClip('h264')));
  expect(video).toMatchObject({ failReason: null, durationSeconds: 3, width: 320, height: 180 });
  const poster = await pipeline.app.request(new URL(video.posterUrl ?? '').pathname);
  expect([poster.status, poster.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
  const stream = await fetchStream(pipeline, video);
  expect(stream.variants.map(({ durationSeconds }) => durationSeconds)).toEqual([3]);
  expect(stream.audio?.durationSeconds).toBeCloseTo(3, 1);
});

test('as long as it is not READY it shows no stream, to nobody', async () => {
  const videoId = await pipeline.uploadClip(await makeClip('h264'));
  const shown: { status: string; hasStream: boolean }[] = [];
  const ready = await waitFor(
    'READY',
    async () => {
      const watched = await pipeline.app.request(`/watch/${videoId}.json`);
      const view = (await watched.json()) as { status: string; streamUrl: string | null };
      const video = await pipeline.show(videoId);
      shown.push({ status: view.status, hasStream: view.streamUrl !== null });
      shown.push({ status: video.status, hasStream: (video.playback?.streamUrl ?? null) !== null });
      return video.status === 'READY' && video;
    },
    { timeoutMs: 60_000, everyMs: 10 },
  );
  expect(shown.length).toBeGreaterThan(2);
  expect(shown.filter(({ status, hasStream }) => hasStream !== (status === 'READY'))).toEqual([]);
  await fetchStream(pipeline, ready);
});
