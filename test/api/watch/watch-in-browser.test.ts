import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningApi, serveApi } from '#api/serve.ts';
import { findFfmpeg } from '#providers/transcoders/ffmpeg/ffmpeg-binaries.ts';
import { openChromium } from '#test/support/chromium.ts';
import { waitFor } from '#test/support/conditions.ts';
import { freePort } from '#test/support/ports.ts';
import { draft, failTranscode, publish, storePart, uploaded } from '../pipeline-steps.ts';
import { bodyOf, createTestApi, type TestApi } from '../test-api.ts';

let api: TestApi;
let server: RunningApi;
let browser: Browser;
let origin: string;
beforeAll(async () => {
  // The port is in the URLs that players get, so it has to be known before the API is made.
  const port = await freePort();
  origin = `http://127.0.0.1:${port}`;
  api = await createTestApi({ env: { PUBLIC_URL: origin } });
  server = await serveApi(api.app, { port, host: '127.0.0.1' });
  browser = await openChromium();
});
afterAll(async () => {
  await browser.close();
  await server.close(1000);
  await api.close();
});

/** A page whose every complaint, the Content-Security-Policy's above all, is kept. */
async function visit(videoId: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${origin}/watch/${videoId}`);
  return { page, complaints };
}

/** Two seconds of H.264 in fMP4 segments, as names and bytes. */
async function hlsFiles(): Promise<Record<string, Uint8Array | string>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-hls-'));
  const { ffmpeg } = await findFfmpeg({ pathVariable: process.env.PATH ?? '' });
  const args =
    '-f lavfi -i testsrc2=s=320x180:r=30:d=2 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 30';
  const hls = '-f hls -hls_time 1 -hls_segment_type fmp4 -hls_playlist_type vod playlist.m3u8';
  await promisify(execFile)(ffmpeg, [...args.split(' '), ...hls.split(' ')], { cwd: folder });
  const files: Record<string, Uint8Array | string> = {
    'master.m3u8':
      '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=500000,RESOLUTION=320x180,CODECS="avc1.42c01e"\n180p/playlist.m3u8\n',
  };
  for (const name of await readdir(folder)) files[`180p/${name}`] = await readFile(path.join(folder, name));
  await rm(folder, { recursive: true });
  return files;
}

/** Runs in the page; as text, because nothing here knows a browser's types. */
const HAS_PLAYED = `(() => {
  const video = document.querySelector('video');
  video.muted = true;
  if (video.paused && !video.ended) video.play().catch(() => undefined);
  return video.currentTime > 0.5 && video.videoWidth === 320;
})()`;

test('a page that was opened too early turns into the player by itself', async () => {
  const videoId = await draft(api, { title: 'Garden <b>tour</b>' });
  const { page, complaints } = await visit(videoId);
  await page.getByRole('heading', { name: 'The video is not here yet' }).waitFor();
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Garden <b>tour</b>');
  expect(await page.locator('video').isVisible()).toBe(false);

  const json = { sourceMime: 'video/mp4', sourceSizeBytes: 1000 };
  const upload = await bodyOf(await api.call('POST', `/api/videos/${videoId}/uploads`, { json }));
  await page.getByRole('heading', { name: 'The video is being uploaded' }).waitFor();
  await storePart(api, upload.uploadSessionId);
  await api.call('POST', `/api/uploads/${upload.uploadSessionId}/complete`);
  await page.getByRole('heading', { name: 'Video is still processing' }).waitFor();

  await publish(api, videoId, await hlsFiles());
  await page.locator('video').waitFor({ state: 'visible' });
  await waitFor('the video to play', async () => (await page.evaluate(HAS_PLAYED)) === true);
  expect(complaints).toEqual([]);
  await page.close();
});

test('a video that failed says so and is not asked for again', async () => {
  const { videoId } = await uploaded(api);
  await failTranscode(api, videoId);
  let asked = 0;
  const { page, complaints } = await visit(videoId);
  page.on('request', (request) => {
    if (request.url().endsWith('.json')) asked += 1;
  });
  await page.getByRole('heading', { name: 'This video cannot be played' }).waitFor();
  await page.waitForLoadState('networkidle');
  expect(asked).toBeLessThanOrEqual(1);
  expect(complaints).toEqual([]);
  await page.close();
});

test('the browsable reference works under its policy', async () => {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  await page.goto(`${origin}/docs`);
  await page.getByText('Create a video', { exact: true }).click();
  await page.getByText('sourceSizeBytes').first().waitFor();
  expect(complaints).toEqual([]);
  await page.close();
});
