import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type RunningApi, serveApi } from '#api/serve.ts';
import { openChromium, openPage } from '#test/support/chromium.ts';
import { makeClip } from '#test/support/clips.ts';
import { waitFor } from '#test/support/conditions.ts';
import { type Pipeline, startPipeline } from '#test/support/pipeline.ts';
import { freePort } from '#test/support/ports.ts';
import { troubledStorage } from '../pipeline/troubled-storage.ts';

const DESKTOP = { width: 1400, height: 900 };
const PHONE = { width: 390, height: 700 };

const trouble = troubledStorage();
let pipeline: Pipeline;
let server: RunningApi;
let browser: Browser;
let origin: string;
let readyId: string;
beforeAll(async () => {
  // The port is in the URLs that players get, so it has to be known before the API is made.
  const port = await freePort();
  origin = `http://127.0.0.1:${port}`;
  pipeline = await startPipeline({ env: { PUBLIC_URL: origin }, replace: trouble.replace });
  server = await serveApi(pipeline.app, { port, host: '127.0.0.1' });
  // Three renditions, the first of a player's choice in the middle.
  readyId = await pipeline.uploadClip(await makeClip('hd'));
  browser = await openChromium();
  await pipeline.untilReady(readyId);
});
afterEach(() => trouble.reset());
afterAll(async () => {
  await browser?.close();
  await server?.close(1000);
  await pipeline?.close();
});

interface Moment {
  readonly seconds: number;
  readonly height: number;
  readonly ended: boolean;
  /** A sum over the picture as it is shown: another picture, another sum. */
  readonly picture: number;
}

/** Runs in the page; as text, because nothing here knows a browser's types. */
const LOOK = `(() => {
  const video = document.querySelector('video');
  video.muted = true;
  if (video.paused && !video.ended) video.play().catch(() => undefined);
  const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 36 });
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(video, 0, 0, 64, 36);
  const picture = context.getImageData(0, 0, 64, 36).data.reduce((sum, byte, i) => (sum * 31 + byte * (i % 7)) % 1e9, 0);
  return { seconds: video.currentTime, height: video.videoHeight, ended: video.ended, picture };
})()`;

/** Plays to the end and answers what was seen on the way. */
async function playThrough(page: Page): Promise<Moment[]> {
  const moments: Moment[] = [];
  await waitFor(
    'the video to end',
    async () => {
      const moment = (await page.evaluate(LOOK)) as Moment;
      if (moment.seconds > 0) moments.push(moment);
      return moment.ended;
    },
    { timeoutMs: 60_000 },
  );
  return moments;
}

test('a READY video plays to its end, and its picture grows as the player takes a higher rendition', async () => {
  await using visit = await openPage(browser, DESKTOP);
  await visit.page.goto(`${origin}/watch/${readyId}`);
  const moments = await playThrough(visit.page);
  expect(moments.at(-1)?.seconds).toBeCloseTo(5, 1);
  const heights = moments.map(({ height }) => height);
  expect(new Set(moments.map(({ picture }) => picture)).size).toBeGreaterThan(5);
  // It begins with the master's first, and knows after one segment that more would do.
  expect(heights[0]).toBe(480);
  expect(Math.max(...heights)).toBe(720);
  expect(visit.complaints).toEqual([]);
});

test('a small player takes the rendition that is enough for it', async () => {
  await using visit = await openPage(browser, PHONE);
  await visit.page.goto(`${origin}/watch/${readyId}`);
  const moments = await playThrough(visit.page);
  expect(moments.at(-1)).toMatchObject({ height: 360, ended: true });
  expect(visit.complaints).toEqual([]);
});

test('a page that was opened while the video was transcoded says so, and plays when it is READY', async () => {
  trouble.hold(0);
  const videoId = await pipeline.uploadClip(await makeClip('h264'));
  await waitFor('the encode', async () => (await pipeline.show(videoId)).status === 'TRANSCODING');
  await using visit = await openPage(browser, DESKTOP);
  await visit.page.goto(`${origin}/watch/${videoId}`);
  await visit.page.getByRole('heading', { name: 'Video is still processing' }).waitFor();
  trouble.release();
  await visit.page.locator('video').waitFor({ state: 'visible', timeout: 60_000 });
  expect((await playThrough(visit.page)).at(-1)?.seconds).toBeCloseTo(3, 1);
  expect(visit.complaints).toEqual([]);
});

test('a video that has no source yet, one that failed and one that nobody knows each say what is the matter', async () => {
  const source = { sourceMime: 'video/mp4', sourceSizeBytes: 1000 };
  const { id } = await pipeline.answer('POST', '/api/videos', { title: 'Tour', ...source });
  await pipeline.answer('POST', `/api/videos/${id}/uploads`, source);
  const failedId = await pipeline.uploadClip(await makeClip('audio-only'));
  await pipeline.untilEnded(failedId);
  await using visit = await openPage(browser, DESKTOP);
  for (const [videoId, heading] of [
    [id, 'The video is being uploaded'],
    [failedId, 'This video cannot be played'],
  ] as const) {
    await visit.page.goto(`${origin}/watch/${videoId}`);
    await visit.page.getByRole('heading', { name: heading }).waitFor();
    expect(await visit.page.locator('video').isVisible()).toBe(false);
  }
  expect(visit.complaints).toEqual([]);

  const unknown = await visit.page.goto(`${origin}/watch/0190f3c4-7a1e-7000-8000-000000000000`);
  expect(unknown?.status()).toBe(404);
  await visit.page.getByRole('heading', { name: 'Video not found' }).waitFor();
});
