import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningApi, serveApi } from '#api/serve.ts';
import { type SetOnDisk, typeOf } from '#test/domain/upload/set-steps.ts';
import { openChromium, openPage } from '#test/support/chromium.ts';
import { makeClip } from '#test/support/clips.ts';
import { waitFor } from '#test/support/conditions.ts';
import { type Pipeline, type ShownVideo, startPipeline } from '#test/support/pipeline.ts';
import { freePort } from '#test/support/ports.ts';
import { foundFfmpegs } from '../ffmpeg/found-ffmpegs.ts';
import { fetchStream } from '../pipeline/published-stream.ts';

const STORAGE_SECRET = 'what-the-storage-of-these-tests-shows';
const run = promisify(execFile);

let pipeline: Pipeline;
let server: RunningApi;
let browser: Browser;
let origin: string;
beforeAll(async () => {
  const port = await freePort();
  origin = `http://127.0.0.1:${port}`;
  pipeline = await startPipeline({ env: { PUBLIC_URL: origin, STORAGE_WEBHOOK_SECRET: STORAGE_SECRET } });
  server = await serveApi(pipeline.app, { port, host: '127.0.0.1' });
  browser = await openChromium();
});
afterAll(async () => {
  await browser?.close();
  await server?.close(1000);
  await pipeline?.close();
});

/** Sends a set as a client of the signer does; the storage tells of each file, as a bucket's notifications do. */
async function sendSet(files: SetOnDisk): Promise<ShownVideo> {
  const { uploads } = await pipeline.answer<{
    uploads: { path: string; videoId: string; uploadUrl: string; key: string; publicUrl: string }[];
  }>('POST', '/', {
    files: [...files].map(([name, bytes]) => ({ path: name, contentType: typeOf(name), size: bytes.length })),
  });
  for (const { path: name, uploadUrl, key } of uploads) {
    const body = new Uint8Array(files.get(name) ?? Buffer.alloc(0));
    const put = await fetch(uploadUrl, { method: 'PUT', body, headers: { 'content-type': typeOf(name) } });
    if (!put.ok) throw new Error(`PUT of ${name} answered ${put.status}: ${await put.text()}`);
    await put.arrayBuffer();
    await tellOf(key);
  }
  return pipeline.untilReady(uploads[0]?.videoId ?? '');
}

async function tellOf(key: string): Promise<void> {
  const { bucket } = pipeline.platform.context({ kind: 'system' }).storage.sources;
  const told = await pipeline.app.request('/webhooks/storage', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-sluice-secret': STORAGE_SECRET },
    body: JSON.stringify({
      Records: [{ eventName: 'ObjectCreated:Put', s3: { bucket: { name: bucket }, object: { key } } }],
    }),
  });
  if (told.status !== 204) throw new Error(`The event was answered ${told.status}: ${await told.text()}`);
}

/** Plays in a browser until it ends; the second at which it did, and the height of its picture. */
async function playThrough(page: Page, videoId: string): Promise<{ seconds: number; height: number }> {
  await page.goto(`${origin}/watch/${videoId}`);
  return waitFor(
    'the video to end',
    () =>
      page.evaluate(`(() => {
        const video = document.querySelector('video');
        video.muted = true;
        if (video.paused && !video.ended) video.play().catch(() => undefined);
        return video.ended && { seconds: video.currentTime, height: video.videoHeight };
      })()`) as Promise<{ seconds: number; height: number } | false>,
    { timeoutMs: 60_000 },
  );
}

test('what our own packager made comes back as a set of somebody else, and plays', async () => {
  const first = await pipeline.untilReady(await pipeline.uploadClip(await makeClip('h264')));
  const files: SetOnDisk = new Map();
  const { media } = pipeline.platform.context({ kind: 'system' }).storage;
  const prefix = new URL(first.playback?.streamUrl ?? '').pathname.replace(/^\/media\/|master\.m3u8$/g, '');
  for (const key of await pipeline.keys('media', prefix)) {
    const { body } = await media.get(key);
    files.set(key.slice(prefix.length), Buffer.concat(await Array.fromAsync(body)));
  }
  const video = await sendSet(files);
  expect(video).toMatchObject({ failReason: null, durationSeconds: 3, width: 320, height: 180 });
  const stream = await fetchStream(pipeline, video);
  expect(stream.variants.map(({ durationSeconds }) => durationSeconds)).toEqual([3]);
  await using visit = await openPage(browser, { width: 1400, height: 900 });
  const end = await playThrough(visit.page, video.id);
  expect(end.seconds).toBeCloseTo(3, 1);
  expect(end.height).toBe(180);
  expect(visit.complaints).toEqual([]);
});

test('a set of transport streams, as FFmpeg itself packs it, plays', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-set-'));
  try {
    const [found] = await foundFfmpegs();
    const args = `-v error -i ${await makeClip('h264')} -c copy -f hls -hls_time 1 -hls_playlist_type vod`;
    const names = ['-hls_segment_filename', 'seg-%d.ts', '-master_pl_name', 'master.m3u8', 'list.m3u8'];
    await run(found?.binaries.ffmpeg ?? 'ffmpeg', [...args.split(' '), ...names], { cwd: folder });
    const files: SetOnDisk = new Map();
    for (const name of await readdir(folder)) files.set(name, await readFile(path.join(folder, name)));
    expect([...files.keys()]).toEqual(expect.arrayContaining(['master.m3u8', 'list.m3u8', 'seg-0.ts']));
    const video = await sendSet(files);
    expect(video).toMatchObject({ width: 320, height: 180 });
    await using visit = await openPage(browser, { width: 1400, height: 900 });
    const end = await playThrough(visit.page, video.id);
    expect(end.seconds).toBeGreaterThan(2.9);
    expect(visit.complaints).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
