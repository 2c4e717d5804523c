import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningApi, serveApi } from '#api/serve.ts';
import { parsePlaylist } from '#domain/media/hls-playlist.ts';
import { makeClip } from '#test/support/clips.ts';
import { waitFor } from '#test/support/conditions.ts';
import { type Pipeline, startPipeline } from '#test/support/pipeline.ts';

// From the body of one POST to pictures, the way a client of the processor's contract goes.

interface Job {
  readonly jobId: string;
  readonly status: string;
  readonly manifestUrl: string | null;
  readonly posterUrl: string | null;
  readonly error: string | null;
  readonly durationSeconds: number | null;
  readonly renditions: { quality: string; width: number; height: number; playlistUrl: string | null }[];
}

let pipeline: Pipeline;
let server: RunningApi;
let authorization: string;
beforeAll(async () => {
  pipeline = await startPipeline();
  server = await serveApi(pipeline.app, { port: 0, host: '127.0.0.1' });
  authorization = `Bearer ${await pipeline.platform.token(pipeline.ownerId)}`;
});
afterAll(async () => {
  await server?.close(1000);
  await pipeline?.close();
});

const address = (path: string) => `http://127.0.0.1:${server.port}${path}`;
/** Answers name PUBLIC_URL, where nobody listens in a test. */
const here = (url: string) => address(new URL(url).pathname);

async function post(body: ReadableStream<Uint8Array> | FormData, type?: string): Promise<Job> {
  const headers = { Authorization: authorization, ...(type && { 'Content-Type': type }) };
  const init = { method: 'POST', headers, body, duplex: 'half' };
  const response = await fetch(address('/api/videos'), init as RequestInit);
  if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as Job;
}

const untilEnded = ({ jobId }: Job) =>
  waitFor(
    `job ${jobId} to end`,
    async () => {
      const response = await fetch(address(`/api/videos/${jobId}`), { headers: { authorization } });
      const job = (await response.json()) as Job;
      return ['ready', 'failed'].includes(job.status) && job;
    },
    { timeoutMs: 110_000, everyMs: 100 },
  );

test('a stream of unknown length becomes a job that is ready and plays from /media/{jobId}/', async () => {
  const clip = Readable.toWeb(createReadStream(await makeClip('hd')));
  const queued = await post(clip as ReadableStream<Uint8Array>, 'video/mp4');
  expect(['queued', 'processing']).toContain(queued.status);
  const job = await untilEnded(queued);
  expect(job).toMatchObject({ status: 'ready', error: null, durationSeconds: 5 });
  expect(job.renditions.map(({ quality, width, height }) => [quality, width, height])).toEqual([
    ['720p', 1280, 720],
    ['480p', 854, 480],
    ['360p', 640, 360],
  ]);
  const found = await fetch(address(`/media/${job.jobId}/master.m3u8`), { redirect: 'manual' });
  expect(found.status).toBe(302);
  expect(found.headers.get('location')).toBe(job.manifestUrl);
  const manifestUrl = here(job.manifestUrl ?? '');
  const master = parsePlaylist(await (await fetch(manifestUrl)).text());
  expect(master.kind === 'master' && master.variants.length).toBe(3);
  for (const { playlistUrl } of job.renditions) {
    const playlist = await fetch(here(playlistUrl ?? ''));
    expect([playlist.status, (await playlist.text()).startsWith('#EXTM3U')]).toEqual([200, true]);
  }
  const poster = await fetch(address(`/media/${job.jobId}/poster.jpg`), { redirect: 'manual' });
  expect(poster.headers.get('location')).toBe(job.posterUrl);
  expect((await fetch(here(job.posterUrl ?? ''))).headers.get('content-type')).toBe('image/jpeg');
});

test('a text in a form, named .mp4, is a job that failed for what it is', async () => {
  const form = new FormData();
  form.append('video', new File(['This was a film once.\n'.repeat(500)], 'film.mp4', { type: 'video/mp4' }));
  const job = await untilEnded(await post(form));
  expect(job).toMatchObject({
    status: 'failed',
    error: 'SOURCE_NOT_VIDEO',
    manifestUrl: null,
    renditions: [],
  });
});
