import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { MediaIo } from '#providers/transcoders/ffmpeg/media-io.ts';
import {
  type SegmentUploads,
  startSegmentUploads,
  type UploadSettings,
} from '#providers/transcoders/ffmpeg/segment-uploads.ts';
import { waitFor } from '#test/support/conditions.ts';

let folder: string;
let uploads: SegmentUploads;
let stored: string[];
let encoder: string[];
let failures: unknown[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-uploads-'));
  await mkdir(join(folder, '360p'));
  [stored, encoder, failures] = [[], [], []];
});
afterEach(async () => {
  uploads.stop();
  await uploads.settled();
  await rm(folder, { recursive: true });
});

const write = (number: number, bytes = 10) =>
  writeFile(join(folder, '360p', `segment_${String(number).padStart(5, '0')}.m4s`), Buffer.alloc(bytes));

const unused = () => Promise.reject(new Error('unused'));

function start(writeOutput: MediaIo['writeOutput'], overrides: Partial<UploadSettings> = {}): void {
  uploads = startSegmentUploads({
    io: { readSource: unused, readOutput: unused, writeLongOutput: unused, writeOutput },
    folders: [
      {
        label: '360p',
        path: join(folder, '360p'),
        keyPrefix: 'prefix/360p/',
        measure: (name, bytes) => ({
          name,
          sizeBytes: bytes.length,
          durationSeconds: 4,
          sampleCount: 120,
          startSeconds: null,
          samples: null,
        }),
      },
    ],
    concurrency: 4,
    maxWaitingBytes: 1000,
    encoder: { pause: () => encoder.push('pause'), resume: () => encoder.push('resume') },
    signal: new AbortController().signal,
    onFailure: (error) => failures.push(error),
    ...overrides,
  });
}

const store: MediaIo['writeOutput'] = async (key) => stored.push(key);

test('a segment is taken when the next one is there, and the last at the end', async () => {
  start(store);
  await write(0);
  await write(1);
  await waitFor('the first segment in storage', async () => stored.length > 0);
  expect(stored).toEqual(['prefix/360p/segment_00000.m4s']);
  const segments = await uploads.finish();
  expect(segments.get('360p')?.map(({ name }) => name)).toEqual(['segment_00000.m4s', 'segment_00001.m4s']);
  expect(await readdir(join(folder, '360p'))).toEqual([]);
});

test('segments come back in order, however they were stored', async () => {
  const first = Promise.withResolvers<void>();
  start(async (key) => {
    if (key.endsWith('00000.m4s')) await first.promise;
    else if (stored.push(key) === 2) first.resolve();
  });
  for (const number of [0, 1, 2]) await write(number);
  const names = (await uploads.finish()).get('360p')?.map(({ name }) => name);
  expect(names).toEqual(['segment_00000.m4s', 'segment_00001.m4s', 'segment_00002.m4s']);
});

test('no more than the allowed number is under way', async () => {
  let active = 0;
  let most = 0;
  const storage = Promise.withResolvers<void>();
  const writeOutput = async () => {
    active += 1;
    most = Math.max(most, active);
    await storage.promise;
    active -= 1;
  };
  start(writeOutput, { concurrency: 2 });
  for (let number = 0; number < 10; number += 1) await write(number);
  await waitFor('two writes under way', async () => active === 2);
  storage.resolve();
  expect((await uploads.finish()).get('360p')).toHaveLength(10);
  expect(most).toBe(2);
});

test('the encoder pauses above the limit and goes on below half of it', async () => {
  const storage = Promise.withResolvers<void>();
  start(() => storage.promise);
  for (const number of [0, 1, 2]) await write(number, 600);
  await waitFor('the encoder to be paused', async () => encoder.length > 0);
  expect(encoder).toEqual(['pause']);
  storage.resolve();
  await waitFor('the encoder to go on', async () => encoder.length > 1);
  expect(encoder).toEqual(['pause', 'resume']);
  await uploads.finish();
});

test('the first error is told once and ends the rest', async () => {
  start(async () => {
    throw new Error('507');
  });
  for (const number of [0, 1, 2, 3]) await write(number);
  await waitFor('the failure', async () => failures.length > 0);
  await expect(uploads.finish()).rejects.toThrow('507');
  expect(failures).toHaveLength(1);
});

test('files that are no segments stay where they are', async () => {
  start(store);
  await write(0);
  for (const name of ['init.mp4', 'playlist.m3u8', 'segment_00001.m4s.tmp']) {
    await writeFile(join(folder, '360p', name), '');
  }
  await uploads.finish();
  expect(stored).toEqual(['prefix/360p/segment_00000.m4s']);
});
