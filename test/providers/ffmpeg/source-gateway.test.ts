import { once } from 'node:events';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import type { OpenRange } from '#providers/transcoders/ffmpeg/resuming-read.ts';
import {
  openSourceGateway,
  parseRange,
  type SourceGateway,
} from '#providers/transcoders/ffmpeg/source-gateway.ts';
import { waitFor } from '#test/support/conditions.ts';

const BYTES = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
const RETRY = { attempts: 3, firstDelayMs: 1, idleMs: 50 };

let gateway: SourceGateway;
afterEach(() => gateway.close());

async function open(read: OpenRange, sizeBytes = BYTES.length): Promise<SourceGateway> {
  gateway = await openSourceGateway({ read, sizeBytes, retry: RETRY });
  return gateway;
}

const slice: OpenRange = async ({ start, end }) => ({
  body: Readable.from([BYTES.subarray(start, (end ?? BYTES.length) + 1)]),
  sizeBytes: BYTES.length,
});

const get = async (url: string, range?: string) => {
  const response = await fetch(url, { headers: range ? { range } : {} });
  return { response, body: Buffer.from(await response.arrayBuffer()) };
};

test('a range is answered with exactly its bytes', async () => {
  const { url } = await open(slice);
  const { response, body } = await get(url, 'bytes=1000-1999');
  expect(response.status).toBe(206);
  expect(response.headers.get('content-range')).toBe(`bytes 1000-1999/${BYTES.length}`);
  expect(body.equals(BYTES.subarray(1000, 2000))).toBe(true);
});

test('without a range the whole source comes; HEAD says how long it is', async () => {
  const { url } = await open(slice);
  const whole = await get(url);
  expect([whole.response.status, whole.body.equals(BYTES)]).toEqual([200, true]);
  const head = await fetch(url, { method: 'HEAD' });
  expect(head.headers.get('content-length')).toBe(`${BYTES.length}`);
  expect(head.headers.get('accept-ranges')).toBe('bytes');
});

test('only the secret path is served, and only to readers', async () => {
  const { url } = await open(slice);
  expect(new URL(url).hostname).toBe('127.0.0.1');
  expect((await get(new URL('/', url).href)).response.status).toBe(404);
  expect((await fetch(url, { method: 'PUT' })).status).toBe(405);
  expect((await get(url, `bytes=${BYTES.length}-`)).response.status).toBe(416);
});

test('a read that breaks off goes on at the byte where it stopped', async () => {
  const starts: number[] = [];
  const { url } = await open(async ({ start, end }) => {
    starts.push(start);
    const wanted = BYTES.subarray(start, (end ?? 0) + 1);
    const body = Readable.from(
      (function* () {
        yield wanted.subarray(0, 100_000);
        if (wanted.length > 100_000) throw new Error('reset');
      })(),
    );
    return { body, sizeBytes: BYTES.length };
  });
  const { body } = await get(url);
  expect(body.equals(BYTES)).toBe(true);
  expect(starts).toEqual([0, 100_000, 200_000]);
});

test('a read that goes silent is opened again', async () => {
  let opened = 0;
  const { url } = await open(async (range, signal) => {
    opened += 1;
    if (opened > 1) return slice(range, signal);
    return { body: new Readable({ read() {} }), sizeBytes: BYTES.length };
  });
  expect((await get(url)).body.equals(BYTES)).toBe(true);
  expect(opened).toBe(2);
});

test('errors that stay break the gateway with the last of them', async () => {
  const { url, broken } = await open(async () => {
    throw new Error('503');
  });
  await expect(get(url)).rejects.toThrow();
  expect(broken.reason).toMatchObject({ message: '503' });
});

describe('a source that is another one', () => {
  test.each([
    ['by its ETag', { code: 'object_changed' }],
    ['because it is gone', { code: 'object_not_found' }],
  ])('%s breaks the gateway at once', async (_, properties) => {
    let opened = 0;
    const { url, broken } = await open(async () => {
      opened += 1;
      throw Object.assign(new Error('x'), properties);
    });
    await expect(get(url)).rejects.toThrow();
    expect(broken.reason).toMatchObject({ name: 'SourceRejected', code: 'SOURCE_CHANGED' });
    expect(opened).toBe(1);
  });

  test('by its size breaks the gateway at once', async () => {
    const { url, broken } = await open(slice, BYTES.length - 1);
    await expect(get(url)).rejects.toThrow();
    expect(broken.reason).toMatchObject({ code: 'SOURCE_CHANGED' });
  });
});

test('a dropped request frees its storage read and breaks nothing', async () => {
  const endless = new Readable({
    read() {
      this.push(Buffer.alloc(64 * 1024));
    },
  });
  const { url, broken } = await open(async () => ({ body: endless, sizeBytes: 10 ** 9 }), 10 ** 9);
  const dropped = request(url).end();
  dropped.on('error', () => undefined);
  await once(dropped, 'response');
  dropped.destroy();
  await waitFor('the storage read to be freed', async () => endless.destroyed);
  expect(broken.aborted).toBe(false);
});

test('closing ends reads that are under way', async () => {
  const silent = new Readable({ read() {} });
  const opened = await open(async () => ({ body: silent, sizeBytes: BYTES.length }));
  const pending = get(opened.url).catch((error: Error) => error);
  await waitFor('the read to begin', async () => silent.listenerCount('error') > 0);
  await opened.close();
  expect(await pending).toBeInstanceOf(Error);
  expect(silent.destroyed).toBe(true);
  expect(opened.broken.aborted).toBe(false);
});

test.each([
  ['bytes=0-', { start: 0, end: 99 }],
  ['bytes=10-19', { start: 10, end: 19 }],
  ['bytes=90-500', { start: 90, end: 99 }],
  ['bytes=-10', { start: 90, end: 99 }],
  ['bytes=-500', { start: 0, end: 99 }],
  ['bytes=100-', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=20-10', undefined],
  ['bytes=0-1,5-6', undefined],
  ['items=0-1', undefined],
  ['bytes=-', undefined],
  [undefined, undefined],
])('Range %s of 100 bytes', (header, expected) => {
  expect(parseRange(header, 100)).toEqual(expected);
});
