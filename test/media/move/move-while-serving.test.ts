import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EmbeddedS3, startEmbeddedS3 } from '#bootstrap/embedded/s3/server.ts';
import { moveLibrary } from '#domain/move/move-library.ts';
import { removeOldCopies } from '#domain/move/remove-old-copies.ts';
import { makeClip } from '#test/support/clips.ts';
import { waitFor } from '#test/support/conditions.ts';
import { type Pipeline, startPipeline } from '#test/support/pipeline.ts';
import { fetchStream } from '../pipeline/published-stream.ts';

const KEY = { id: 'cloud-b', secret: 'the-secret-of-cloud-b' };
let folder: string;
let server: EmbeddedS3;
let pipeline: Pipeline;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sluice-move-'));
  server = await startEmbeddedS3({ dir: folder, port: 0, keys: { [KEY.id]: KEY.secret }, buckets: [] });
  pipeline = await startPipeline({ env: { SECOND_STORAGE: JSON.stringify(secondStorage(server.url)) } });
});
afterAll(async () => {
  await pipeline?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

function secondStorage(url: string): Record<string, string> {
  return {
    S3_NAME: 'b',
    S3_ENDPOINT: url,
    S3_VENDOR: 'embedded',
    S3_REGION: 'eu-central-1',
    S3_ACCESS_KEY_ID: KEY.id,
    S3_SECRET_ACCESS_KEY: KEY.secret,
    S3_SOURCE_BUCKET: 'sources',
    S3_MEDIA_BUCKET: 'media',
  };
}

test('a library is moved while it is watched, uploaded to, deleted from and transcoded again', async () => {
  const clip = await makeClip('h264');
  const system = () => pipeline.platform.context({ kind: 'system' });
  const watched = await pipeline.untilReady(await pipeline.uploadClip(clip));
  const deleted = await pipeline.untilReady(await pipeline.uploadClip(clip));
  const again = await pipeline.untilReady(await pipeline.uploadClip(clip));

  let isOver = false;
  let rounds = 0;
  const player = (async () => {
    for (; !isOver; rounds += 1) await fetchStream(pipeline, watched);
  })();
  player.catch(() => undefined);
  const beginning = pipeline.uploadClip(clip);
  const replacing = pipeline.uploadClip(clip, { videoId: again.id });
  const deletion = pipeline.call('DELETE', `/api/videos/${deleted.id}`);
  const moving = moveLibrary(system(), {
    to: 'b',
    transfers: 4,
    verify: 'full',
    keepOld: false,
    waits: true,
    signal: new AbortController().signal,
  });
  expect((await deletion).status).toBe(204);
  const fresh = await pipeline.untilReady(await beginning);
  await replacing;
  const report = await moving;
  isOver = true;
  await player;

  expect(rounds).toBeGreaterThan(0);
  expect(report).toMatchObject({ failed: [], stopped: false });
  for (const id of [watched.id, fresh.id, again.id])
    expect(await pipeline.rows('select storage from videos where id = ?', [id])).toEqual([{ storage: 'b' }]);

  // What is played, and transcoded from now on, comes from the new place alone.
  const { own, second } = system().storages;
  await pipeline.rows(`update video_moves set remove_at = now() - interval '1 second'`);
  await removeOldCopies(system());
  for (const id of [watched.id, fresh.id, again.id, deleted.id])
    for (const [store, prefix] of [
      [own.sources, `uploads/${id}/`],
      [own.media, `videos/${id}/`],
    ] as const)
      expect(await Array.fromAsync(store.list(prefix))).toEqual([]);
  for (const video of [watched, fresh]) await fetchStream(pipeline, await pipeline.show(video.id));
  const before = (await pipeline.show(again.id)).playback?.streamUrl;
  await pipeline.uploadClip(clip, { videoId: again.id });
  const after = await waitFor('the next version', async () => {
    const video = await pipeline.show(again.id);
    return video.playback?.streamUrl !== before && video;
  });
  await fetchStream(pipeline, after);
  const version = new URL(after.playback?.streamUrl ?? '').pathname
    .replace('/media/', '')
    .replace('master.m3u8', '');
  expect((await Array.fromAsync(second?.media.list(version) ?? [])).length).toBeGreaterThan(5);
});
