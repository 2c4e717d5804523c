import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { demuxerOfClip, makeClip } from '#test/support/clips.ts';
import { foundFfmpegs } from './found-ffmpegs.ts';
import { hostileFiles } from './hostile-files.ts';
import { LIMITS, orderFor } from './orders.ts';
import { type FfmpegSubject, ffmpegSubject } from './subject.ts';

const KINDS = Object.keys(await hostileFiles('http://127.0.0.1:1'));
const found = await foundFfmpegs();

describe.each(found)('$title', ({ binaries }) => {
  let subject: FfmpegSubject;
  let canary: Server;
  let address: string;
  let requests = 0;

  beforeAll(async () => {
    subject = await ffmpegSubject(binaries);
    canary = createServer((_, response) => {
      requests += 1;
      response.end();
    });
    canary.on('connection', () => {
      requests += 1;
    });
    canary.listen(0, '127.0.0.1');
    await once(canary, 'listening');
    const listening = canary.address();
    address = `http://127.0.0.1:${typeof listening === 'object' ? listening?.port : ''}`;
  });
  afterAll(async () => {
    canary.close();
    await subject.close();
  });

  test.each(KINDS)('%s named .mp4 is SOURCE_NOT_VIDEO and fetches nothing', async (kind) => {
    const bytes = (await hostileFiles(address))[kind] ?? Buffer.alloc(0);
    const source = await subject.media.addSourceBytes(bytes, 'mov');
    await expect(subject.inspect(source)).rejects.toMatchObject({ code: 'SOURCE_NOT_VIDEO' });
    expect(requests).toBe(0);
  });

  test.each(KINDS)('%s fetches nothing even where a probe let it through', async (kind) => {
    const bytes = (await hostileFiles(address))[kind] ?? Buffer.alloc(0);
    const honest = await subject.order('index-at-end');
    const source = await subject.media.addSourceBytes(bytes, 'mov');
    const { done } = await subject.transcoder.submit(orderFor(source, honest.probe));
    await done.catch(() => undefined);
    expect(requests).toBe(0);
  });

  test('a careless ffprobe fetches: the files are live and the canary hears', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-careless-'));
    const path = join(folder, 'video.mp4');
    await writeFile(path, (await hostileFiles(address))['a DASH manifest'] ?? '');
    const careless = ['-v', 'quiet', '-protocol_whitelist', 'file,http,tcp', path];
    await promisify(execFile)(binaries.ffprobe, careless).catch(() => undefined);
    await rm(folder, { recursive: true });
    expect(requests).toBeGreaterThan(0);
    requests = 0;
  });

  test.each(['audio-only', 'cover'] as const)('%s is SOURCE_NOT_VIDEO', async (name) => {
    const source = await subject.media.addSource(await makeClip(name), demuxerOfClip(name));
    await expect(subject.inspect(source)).rejects.toMatchObject({ code: 'SOURCE_NOT_VIDEO' });
  });

  test('another container than the named one is SOURCE_NOT_VIDEO', async () => {
    const source = await subject.media.addSource(await makeClip('mkv'), 'mov');
    await expect(subject.inspect(source)).rejects.toMatchObject({ code: 'SOURCE_NOT_VIDEO' });
  });

  test('an empty file is SOURCE_EMPTY', async () => {
    const source = await subject.media.addSourceBytes(Buffer.alloc(0), 'mov');
    await expect(subject.inspect(source)).rejects.toMatchObject({ code: 'SOURCE_EMPTY' });
  });

  test.each([
    ['longer than allowed', { maxDurationSeconds: 2.5 }, 'SOURCE_TOO_LONG'],
    ['with larger pictures than allowed', { maxPixels: 320 * 180 - 1 }, 'SOURCE_TOO_COMPLEX'],
    ['with more streams than allowed', { maxStreams: 1 }, 'SOURCE_TOO_COMPLEX'],
    ['with more frames a second than allowed', { maxFramesPerSecond: 29 }, 'SOURCE_TOO_COMPLEX'],
  ])('a video %s is refused', async (_, limit, code) => {
    const source = await subject.media.addSource(await makeClip('h264'), 'mov');
    const { signal } = new AbortController();
    const inspecting = subject.inspector.inspect(source, { ...LIMITS, ...limit }, { signal });
    await expect(inspecting).rejects.toMatchObject({ code });
  });

  test.each(['ts', 'wmv', 'mkv', 'interlaced-avi'] as const)(
    'pictures of a %s that are too large are refused',
    async (name) => {
      const source = await subject.media.addSource(await makeClip(name), demuxerOfClip(name));
      const { signal } = new AbortController();
      const inspecting = subject.inspector.inspect(source, { ...LIMITS, maxPixels: 1000 }, { signal });
      await expect(inspecting).rejects.toMatchObject({ code: 'SOURCE_TOO_COMPLEX' });
    },
  );
});
