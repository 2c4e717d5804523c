import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Settings } from '#domain/settings.ts';
import { type ClipName, makeClip } from '#test/support/clips.ts';
import { type Pipeline, startPipeline } from '#test/support/pipeline.ts';
import { hostileFiles } from '../ffmpeg/hostile-files.ts';

/** What is refused, why, and what the client said it was. */
const REFUSED: Readonly<Record<string, { reason: string; mime?: string; bytes: () => Promise<Uint8Array> }>> =
  {
    'half an MP4': { reason: 'SOURCE_TRUNCATED', bytes: () => halfOf('h264') },
    'an MP4 that lost its index': { reason: 'SOURCE_TRUNCATED', bytes: () => halfOf('index-at-end') },
    'half an AVI': {
      reason: 'SOURCE_TRUNCATED',
      mime: 'video/x-msvideo',
      bytes: () => halfOf('interlaced-avi'),
    },
    'half a WMV': { reason: 'SOURCE_TRUNCATED', mime: 'video/x-ms-wmv', bytes: () => halfOf('wmv') },
    'a text named .mp4': {
      reason: 'SOURCE_NOT_VIDEO',
      bytes: async () => Buffer.from('This was a film once.\n'.repeat(500)),
    },
    'noise named .mp4': { reason: 'SOURCE_NOT_VIDEO', bytes: async () => randomBytes(50_000) },
    'a ZIP named .mov': {
      reason: 'SOURCE_NOT_VIDEO',
      mime: 'video/quicktime',
      bytes: async () => Buffer.concat([Buffer.from('PK\x03\x04\x14\0\0\0'), randomBytes(5000)]),
    },
    'an MP4 that is all header': {
      reason: 'SOURCE_NOT_VIDEO',
      bytes: async () => Buffer.from('\0\0\0\x10ftypisom\0\0\0\0', 'latin1'),
    },
    'one byte': { reason: 'SOURCE_NOT_VIDEO', bytes: async () => Buffer.from('x') },
    'a WebM called MP4': { reason: 'SOURCE_FORMAT_FORBIDDEN', bytes: () => wholeOf('webm') },
    'a Matroska called MP4': { reason: 'SOURCE_FORMAT_FORBIDDEN', bytes: () => wholeOf('mkv') },
    'a transport stream called MP4': { reason: 'SOURCE_NOT_VIDEO', bytes: () => wholeOf('ts') },
    'sound alone': { reason: 'SOURCE_NOT_VIDEO', bytes: () => wholeOf('audio-only') },
    'sound with a cover': { reason: 'SOURCE_NOT_VIDEO', bytes: () => wholeOf('cover') },
    'a video longer than allowed': { reason: 'SOURCE_TOO_LONG', bytes: () => wholeOf('long') },
    'more frames a second than allowed': {
      reason: 'SOURCE_TOO_COMPLEX',
      bytes: () => wholeOf('slow-motion'),
    },
  };

let pipeline: Pipeline;
let canary: Server;
let visits = 0;
const videoIds = new Map<string, string>();
const HOSTILE = Object.keys(await hostileFiles('http://127.0.0.1:1'));

beforeAll(async () => {
  canary = createServer((_, response) => response.end());
  canary.on('connection', () => {
    visits += 1;
  });
  await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve));
  pipeline = await startPipeline({ replace: ({ settings }) => ({ settings: withLimits(settings) }) });
  const address = `http://127.0.0.1:${(canary.address() as AddressInfo).port}`;
  for (const [name, bytes] of Object.entries(await hostileFiles(address))) await send(name, bytes);
  for (const [name, { mime, bytes }] of Object.entries(REFUSED)) await send(name, await bytes(), mime);
});
afterAll(async () => {
  await pipeline?.close();
  canary?.close();
});

/** Low enough that clips of this size meet them. */
function withLimits(settings: Settings): Settings {
  const mobile = settings.policies.mobile;
  const limits = { ...mobile.limits, maxDurationSeconds: 12, maxFramesPerSecond: 100 };
  return { ...settings, policies: { ...settings.policies, mobile: { ...mobile, limits } } };
}

async function send(name: string, bytes: Uint8Array, mime?: string): Promise<void> {
  videoIds.set(name, await pipeline.upload(new Uint8Array(bytes), { ...(mime && { mime }) }));
}

async function wholeOf(name: ClipName): Promise<Buffer> {
  return readFile(await makeClip(name));
}

async function halfOf(name: ClipName): Promise<Buffer> {
  const bytes = await wholeOf(name);
  return bytes.subarray(0, bytes.length / 2);
}

async function expectRefused(name: string, reason: string): Promise<void> {
  const videoId = videoIds.get(name) ?? '';
  expect(await pipeline.untilEnded(videoId)).toMatchObject({ status: 'FAILED', failReason: reason });
  // It is the file's fault: no attempt was made, nothing was published, and the operator can see why.
  expect(await pipeline.rows('select 1 from transcode_jobs where video_id = ?', [videoId])).toEqual([]);
  expect(await pipeline.keys('media', `videos/${videoId}/`)).toEqual([]);
  expect(await pipeline.rows('select task, reason from dead_letters where video_id = ?', [videoId])).toEqual([
    { task: 'probe-source', reason },
  ]);
  const retry = await pipeline.call('POST', `/api/videos/${videoId}/retry`);
  expect(retry.status).toBe(409);
}

test.each(Object.entries(REFUSED))('%s', async (name, { reason }) => {
  await expectRefused(name, reason);
});

test.each(HOSTILE)('%s named .mp4, and the address in it hears nothing', async (name) => {
  await expectRefused(name, 'SOURCE_NOT_VIDEO');
  expect(visits).toBe(0);
});
