import { afterEach, expect, test } from 'vitest';
import { signSource } from '#domain/playback/sign-source.ts';
import { StorageError } from '#providers/storage/storage-errors.ts';
import { ArchivedSources } from '../domain/archived-sources.ts';
import { type OpenedUpload, useStage } from '../domain/stage.ts';

const stage = useStage();
afterEach(() => stage.reset());

function sign(video: OpenedUpload, archives: ArchivedSources) {
  const context = stage.as(video.ownerId);
  const sources = archives.over(context.storage.sources);
  return signSource({ ...context, storage: { ...context.storage, sources } }, video);
}

test('no address is given out that storage would answer with 403 or 404', async () => {
  const video = await stage.ready();
  const archives = new ArchivedSources();
  expect(await sign(video, archives)).toMatchObject({ url: expect.stringContaining(video.key) });
  archives.archive(video.key);
  expect(await sign(video, archives)).toBeNull();
  await archives.over(stage.system().storage.sources).restore(video.key, { days: 1 });
  expect(await sign(video, archives)).toBeNull();
  archives.finishRestores();
  expect(await sign(video, archives)).toMatchObject({ url: expect.stringContaining(video.key) });
  await stage.system().storage.sources.deleteMany([video.key]);
  expect(await sign(video, archives)).toBeNull();
});

test('a storage that is away for a moment takes no address away', async () => {
  const video = await stage.ready();
  stage.gates.sources.head = () => Promise.reject(new StorageError('unavailable', 'away'));
  expect(await sign(video, new ArchivedSources())).toMatchObject({ url: expect.stringContaining(video.key) });
  stage.gates.sources.head = () => new Promise<never>(() => undefined);
  expect(await sign(video, new ArchivedSources())).toMatchObject({ url: expect.stringContaining(video.key) });
});
