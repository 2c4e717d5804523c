import { afterEach, expect, test } from 'vitest';
import { createApi } from '#api/app.ts';
import { webStream } from '#api/media/web-stream.ts';
import { newVersion } from '#domain/identifiers.ts';
import { versionPrefix } from '#domain/storage-keys.ts';
import { useStage } from '#test/domain/stage.ts';
import { waitFor } from '#test/support/conditions.ts';

const stage = useStage();
afterEach(() => stage.reset());

test('viewers who leave in the middle of a segment, as players do when they seek, end nothing but their own answer', async () => {
  const uncaught: unknown[] = [];
  const note = (error: unknown) => void uncaught.push(error);
  process.on('uncaughtException', note);
  try {
    const { videoId } = await stage.ready();
    const { media } = stage.system().storage;
    const key = `${versionPrefix(videoId, newVersion())}720p/seg-0.m4s`;
    const segment = Buffer.alloc(2 * 1024 ** 2, 'x');
    await media.put(key, segment, { contentType: 'video/iso.segment' });
    const api = createApi(stage.platform);
    const url = `http://localhost:4000/media/${key}`;
    for (let chunksRead = 0; chunksRead < 12; chunksRead += 1) {
      const reader = (await api.request(url)).body?.getReader();
      for (let i = 0; i < chunksRead % 4; i += 1) await reader?.read();
      await new Promise((resolve) => setTimeout(resolve, 10));
      const wanted = reader?.read().catch(() => undefined);
      await reader?.cancel();
      await wanted;
    }
    const whole = Buffer.from(await (await api.request(url)).arrayBuffer());
    expect(whole.equals(segment)).toBe(true);
  } finally {
    process.off('uncaughtException', note);
  }
  expect(uncaught).toEqual([]);
});

test('who leaves frees the connection to storage', async () => {
  const { videoId } = await stage.ready();
  const key = `${versionPrefix(videoId, newVersion())}720p/seg-0.m4s`;
  const { media } = stage.system().storage;
  await media.put(key, Buffer.alloc(2 * 1024 ** 2, 'x'), { contentType: 'video/iso.segment' });
  const { body } = await media.get(key);
  const reader = webStream(body).getReader();
  await reader.read();
  await reader.cancel();
  await waitFor('the body to be destroyed', () => Promise.resolve(body.destroyed));
});
