import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import * as tus from 'tus-js-client';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type FaultProxy, startFaultProxy } from '#test/support/fault-proxy.ts';
import { cut, lostAnswer } from '#test/support/faults.ts';
import { bytes, MIB, offsetOf, serveTus, sourceOf, standing, type TusApi } from './tus-api.ts';

// The published client, unmodified, behind a proxy that breaks what it is told to break.

let api: TusApi;
let proxy: FaultProxy;
beforeAll(async () => {
  api = await serveTus();
  proxy = await startFaultProxy(api.url);
});
afterEach(() => proxy.reset());
afterAll(async () => {
  await proxy.close();
  await api.close();
});

const PIECE = /^\/api\/tus\/up_/;
const COMPLETED = { video: 'UPLOADED', session: 'COMPLETED' };

/** Uploads to the end. Answers the address and the video. */
async function upload(
  file: Buffer | Readable,
  options: Partial<tus.UploadOptions> = {},
): Promise<{ path: string; videoId: string }> {
  const token = await api.platform.token(randomUUID());
  return new Promise((resolve, reject) => {
    const uploading: tus.Upload = new tus.Upload(file as Buffer, {
      endpoint: `${proxy.url}/api/tus`,
      headers: { Authorization: `Bearer ${token}` },
      chunkSize: 8 * MIB,
      retryDelays: [0, 10, 50, 100, 200],
      metadata: { filename: 'tour.mp4', filetype: 'video/mp4' },
      onError: reject,
      onSuccess: ({ lastResponse }) =>
        resolve({
          path: new URL(uploading.url ?? '').pathname,
          videoId: lastResponse.getHeader('Sluice-Video-Id') ?? '',
        }),
      ...options,
    });
    uploading.start();
  });
}

const methods = () => proxy.passages.map(({ method }) => method);

test('uploads a file in pieces, and reads of the last answer which video it became', async () => {
  const file = Buffer.from(bytes(20 * MIB));
  const { videoId } = await upload(file);
  expect(methods()).toEqual(['POST', 'PATCH', 'PATCH', 'PATCH']);
  expect(await standing(api, videoId)).toEqual(COMPLETED);
  expect((await sourceOf(api, videoId)).equals(file)).toBe(true);
});

test('uploads with the creation, by POST alone, and by one endless piece', async () => {
  const file = Buffer.from(bytes(9 * MIB));
  for (const options of [
    { uploadDataDuringCreation: true },
    { overridePatchMethod: true },
    { chunkSize: Number.POSITIVE_INFINITY },
  ]) {
    const { videoId } = await upload(file, options);
    expect((await sourceOf(api, videoId)).equals(file)).toBe(true);
  }
});

test('uploads a stream of which nobody knew the length', async () => {
  const file = Buffer.from(bytes(17 * MIB));
  const { videoId } = await upload(Readable.from([file.subarray(0, MIB), file.subarray(MIB)]), {
    uploadLengthDeferred: true,
  });
  expect((await sourceOf(api, videoId)).equals(file)).toBe(true);
});

test('goes on where a broken connection left off, not at the beginning', async () => {
  const file = Buffer.from(bytes(20 * MIB));
  proxy.plant(cut(5 * MIB), { method: 'PATCH', url: PIECE, from: 2 });
  const { videoId } = await upload(file);
  expect((await sourceOf(api, videoId)).equals(file)).toBe(true);
  const sentBytes = proxy.passages.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0);
  // Of the eight MiB that broke after five, five came through but for what was in buffers.
  expect(sentBytes).toBeLessThan(file.length + 5 * MIB);
  expect(methods().filter((method) => method === 'POST')).toHaveLength(1);
});

test('the last answer is lost: one video, complete, and nothing is sent twice', async () => {
  const file = Buffer.from(bytes(9 * MIB));
  proxy.plant(lostAnswer, { method: 'PATCH', url: PIECE, from: 2 });
  const { videoId } = await upload(file);
  expect(methods()).toEqual(['POST', 'PATCH', 'PATCH', 'HEAD']);
  expect(await standing(api, videoId)).toEqual(COMPLETED);
  expect((await sourceOf(api, videoId)).equals(file)).toBe(true);
});

test('the login ends in the middle: nobody notices', async () => {
  const file = Buffer.from(bytes(20 * MIB));
  let sent = 0;
  proxy.plant(cut(1000), { method: 'PATCH', url: PIECE, from: 3 });
  const { videoId } = await upload(file, {
    onBeforeRequest(request) {
      sent += 1;
      if (sent > 1) request.setHeader('Authorization', 'Bearer of-a-login-that-has-ended');
    },
  });
  expect(methods()).toContain('HEAD');
  expect((await sourceOf(api, videoId)).equals(file)).toBe(true);
});

test('another program goes on with the address alone', async () => {
  const file = Buffer.from(bytes(20 * MIB));
  const begun = await new Promise<string>((resolve, reject) => {
    const first: tus.Upload = new tus.Upload(file, {
      endpoint: `${proxy.url}/api/tus`,
      headers: {},
      chunkSize: 8 * MIB,
      metadata: { filename: 'tour.mp4', filetype: 'video/mp4' },
      onError: reject,
      async onBeforeRequest(request) {
        request.setHeader('Authorization', `Bearer ${await api.platform.token(randomUUID())}`);
      },
      onChunkComplete: () => void first.abort().then(() => resolve(first.url ?? '')),
    });
    first.start();
  });
  expect(await offsetOf(api, new URL(begun).pathname)).toBeGreaterThan(0);
  const { videoId } = await upload(file, { uploadUrl: begun, headers: {} });
  expect((await sourceOf(api, videoId)).equals(file)).toBe(true);
});

test('concatenation is refused at once, not with a storm of creations', async () => {
  await expect(upload(Buffer.from(bytes(1000)), { parallelUploads: 3 })).rejects.toThrow(/400/);
  expect(methods()).toEqual(['POST', 'POST', 'POST']);
});

test('terminates what it has begun', async () => {
  const file = Buffer.from(bytes(20 * MIB));
  const token = await api.platform.token(randomUUID());
  const path = await new Promise<string>((resolve, reject) => {
    const uploading: tus.Upload = new tus.Upload(file, {
      endpoint: `${proxy.url}/api/tus`,
      headers: { Authorization: `Bearer ${token}` },
      chunkSize: MIB,
      metadata: { filename: 'tour.mp4', filetype: 'video/mp4' },
      onError: reject,
      onChunkComplete: () =>
        void uploading.abort(true).then(() => resolve(new URL(uploading.url ?? '').pathname), reject),
    });
    uploading.start();
  });
  await expect(offsetOf(api, path)).rejects.toThrow('410');
});
