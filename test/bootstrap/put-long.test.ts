import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { putLong } from '#bootstrap/put-long.ts';
import { createTestPlatform, type TestPlatform } from '#test/support/platform.ts';

const MIB = 1024 ** 2;
/** Parts as small as S3 takes them. */
const SMALL = { singlePutBytesMax: MIB, partBytes: 5 * MIB };

let platform: TestPlatform;
beforeAll(async () => {
  platform = await createTestPlatform();
});
afterAll(() => platform.close());

const store = () => platform.context({ kind: 'system' }).storage.media;
async function* inPieces(bytes: Uint8Array, pieceBytes: number) {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}
const options = (sizeBytes: number) => ({
  contentType: 'video/mp4',
  cacheControl: 'public',
  sizeBytes,
  signal: new AbortController().signal,
});

test.each([
  ['by one PUT', 0.5 * MIB],
  ['by parts', 12 * MIB + 7],
  ['by parts that come out even', 10 * MIB],
])('a stream is stored %s, byte for byte', async (_, sizeBytes) => {
  const bytes = randomBytes(sizeBytes);
  const key = `videos/long/${sizeBytes}.mp4`;
  await putLong(store(), key, inPieces(bytes, 700_001), options(sizeBytes), SMALL);
  const { body, object } = await store().get(key);
  expect(object.contentType).toBe('video/mp4');
  expect(Buffer.concat(await Array.fromAsync(body)).equals(bytes)).toBe(true);
});

test('one that breaks off leaves nothing, not even parts', async () => {
  async function* broken() {
    yield* inPieces(randomBytes(11 * MIB), MIB);
    throw new Error('the reader is gone');
  }
  for (const limits of [SMALL, { ...SMALL, singlePutBytesMax: 100 * MIB }]) {
    const writing = putLong(store(), 'videos/long/broken.mp4', broken(), options(12 * MIB), limits);
    await expect(writing).rejects.toThrow('the reader is gone');
    await expect(store().head('videos/long/broken.mp4')).rejects.toMatchObject({ code: 'object_not_found' });
    expect(await Array.fromAsync(store().listMultiparts('videos/long/broken.mp4'))).toEqual([]);
  }
});
