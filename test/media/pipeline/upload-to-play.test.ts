import { readFile, stat } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApi } from '#api/app.ts';
import { makeClip } from '#test/support/clips.ts';
import { waitFor } from '#test/support/conditions.ts';
import { createTestPlatform, type TestPlatform, userActor } from '#test/support/platform.ts';
import { startWorker, type Worker } from '#worker/start-worker.ts';

let platform: TestPlatform;
let worker: Worker;
beforeAll(async () => {
  platform = await createTestPlatform({ withTranscoder: true });
  worker = await startWorker(platform);
});
afterAll(async () => {
  await worker?.stop();
  await platform?.close();
});

test('a phone video goes from upload to a stream that plays', async () => {
  const owner = userActor();
  const app = createApi(platform);
  const token = await platform.token(owner.ownerId);
  const call = async (method: string, path: string, body?: object) => {
    const response = await app.request(path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status >= 400) throw new Error(`${method} ${path} ${response.status} ${text}`);
    return JSON.parse(text);
  };
  const file = await makeClip('h264');
  const sizeBytes = (await stat(file)).size;
  const video = await call('POST', '/api/videos', {
    title: 'Tour',
    sourceMime: 'video/mp4',
    sourceSizeBytes: sizeBytes,
  });
  const session = await call('POST', `/api/videos/${video.id}/uploads`, {
    sourceMime: 'video/mp4',
    sourceSizeBytes: sizeBytes,
  });
  const part = await call('POST', `/api/uploads/${session.uploadSessionId}/parts`, { partNumber: 1 });
  const put = await fetch(part.uploadUrl, { method: 'PUT', body: await readFile(file) });
  expect(put.status).toBe(200);
  const completed = await call('POST', `/api/uploads/${session.uploadSessionId}/complete`);
  expect(completed).toMatchObject({ uploadSessionId: session.uploadSessionId, status: 'COMPLETED' });
  const ready = await waitFor(
    'READY',
    async () => {
      const now = await call('GET', `/api/videos/${video.id}`);
      if (now.status === 'FAILED') throw new Error(JSON.stringify(now));
      return now.status === 'READY' ? now : undefined;
    },
    { timeoutMs: 60_000 },
  );
  const master = await app.request(new URL(ready.playback.streamUrl).pathname);
  expect(master.status).toBe(200);
});
