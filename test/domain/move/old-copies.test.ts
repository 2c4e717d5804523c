import { expect, test } from 'vitest';
import { moveLibrary } from '#domain/move/move-library.ts';
import { removeOldCopies } from '#domain/move/remove-old-copies.ts';
import { sweepLeftovers } from '#domain/operations/sweep-leftovers.ts';
import { deleteVideo } from '#domain/video/delete-video.ts';
import { runTask } from '#test/domain/stage.ts';
import { useTwoClouds } from './two-clouds.ts';

const clouds = useTwoClouds();
const { stage } = clouds;
const DAY_SECONDS = 86_400;

test('the old copy stays for its grace, at least as long as signed URLs live, and is swept after it', async () => {
  stage.tune({ versionGraceSeconds: 60 });
  const video = await stage.ready();
  const before = await clouds.contents(clouds.a, video.videoId);
  await clouds.move();
  const lives = Object.values(stage.system().settings.policies).map(({ urlTtlSeconds }) => urlTtlSeconds);
  stage.passSeconds(Math.max(...lives) - 5);
  await sweepLeftovers(stage.system());
  expect(await clouds.contents(clouds.a, video.videoId)).toEqual(before);
  stage.passSeconds(10);
  await sweepLeftovers(stage.system());
  expect(await clouds.contents(clouds.a, video.videoId)).toEqual(new Map());
  expect(await clouds.contents(clouds.b, video.videoId)).toEqual(before);
  expect(await stage.sql('select * from video_moves')).toEqual([]);
});

test('nothing is removed while the pipeline is paused', async () => {
  const video = await stage.ready();
  const before = await clouds.contents(clouds.a, video.videoId);
  await clouds.move();
  stage.passSeconds(3 * DAY_SECONDS);
  await stage.sql('update pipeline_control set paused_at = now()');
  expect(await removeOldCopies(stage.system())).toBe(0);
  expect(await clouds.contents(clouds.a, video.videoId)).toEqual(before);
  await stage.sql('update pipeline_control set paused_at = null');
  expect(await removeOldCopies(stage.system())).toBe(1);
  expect(await clouds.contents(clouds.a, video.videoId)).toEqual(new Map());
});

test('what came to the old place after the switch is taken along before that is removed', async () => {
  const video = await stage.ready();
  await clouds.move();
  const late = `videos/${video.videoId}/poster/${'a'.repeat(32)}/poster.jpg`;
  await clouds.a.media.put(late, 'a picture', { contentType: 'image/jpeg' });
  // Until then it is found where it is.
  expect((await stage.system().storage.media.head(late)).sizeBytes).toBe(9);
  stage.passSeconds(3 * DAY_SECONDS);
  expect(await removeOldCopies(stage.system())).toBe(1);
  expect(await clouds.b.media.head(late)).toMatchObject({ sizeBytes: 9, contentType: 'image/jpeg' });
});

test('copies that are to be kept are kept', async () => {
  const video = await stage.ready();
  const before = await clouds.contents(clouds.a, video.videoId);
  await clouds.move({ keepOld: true });
  stage.passSeconds(400 * DAY_SECONDS);
  expect(await removeOldCopies(stage.system())).toBe(0);
  expect(await clouds.contents(clouds.a, video.videoId)).toEqual(before);
});

test('a video that was moved back keeps what it lives from', async () => {
  const video = await stage.ready();
  const before = await clouds.contents(clouds.a, video.videoId);
  await clouds.move();
  await clouds.move({ to: clouds.a.id });
  stage.passSeconds(3 * DAY_SECONDS);
  expect(await removeOldCopies(stage.system())).toBe(1);
  expect(await clouds.contents(clouds.a, video.videoId)).toEqual(before);
  expect(await clouds.contents(clouds.b, video.videoId)).toEqual(new Map());
});

test('a moved video that is deleted goes from both storages at once', async () => {
  const video = await stage.ready();
  await clouds.move();
  await deleteVideo(stage.as(video.ownerId), video);
  await runTask('purge-video', stage.system(), { videoId: video.videoId });
  for (const place of [clouds.a, clouds.b])
    expect(await clouds.contents(place, video.videoId)).toEqual(new Map());
});

test('a storage is forgotten when no video lives there, no copy waits and nobody puts new ones there', async () => {
  const storages = async () =>
    (await stage.sql<{ id: string }>('select id from storages order by id')).map(({ id }) => id);
  const video = await stage.ready();
  await clouds.move();
  expect(await storages()).toEqual([clouds.a.id, clouds.b.id].sort());
  stage.passSeconds(3 * DAY_SECONDS);
  await stage.sql(
    `insert into running_processes values (gen_random_uuid(), 'api', array[?, ?]::text[], now())`,
    [clouds.a.id, clouds.b.id],
  );
  await removeOldCopies(stage.system());
  expect(await storages()).toHaveLength(2);
  // The operator has swapped the two.
  await stage.sql('update running_processes set storages = array[?, ?]::text[]', [clouds.b.id, clouds.a.id]);
  await removeOldCopies(stage.system());
  expect(await storages()).toEqual(['cloud-b']);
  expect(await clouds.storageOf(video.videoId)).toBe('cloud-b');
  // And the last one too, when nobody runs any more who has two.
  const { second: _second, ...rest } = stage.system().storages;
  const single = { ...stage.system(), storages: { ...rest, own: clouds.b, second: null } };
  await removeOldCopies(single);
  expect(await storages()).toEqual(['cloud-b']);
  await stage.sql('update running_processes set storages = array[?]::text[]', [clouds.b.id]);
  await removeOldCopies(single);
  expect(await storages()).toEqual([]);
});

test('with one storage there is nothing to move, and nothing is asked', async () => {
  const { second: _second, ...rest } = stage.system().storages;
  const context = { ...stage.system(), storages: { ...rest, second: null } };
  const options = { to: 'x', transfers: 1, verify: 'etag', keepOld: false, waits: false } as const;
  await expect(
    moveLibrary(context, { ...options, signal: new AbortController().signal }),
  ).rejects.toMatchObject({ code: 'move_refused' });
  expect(await removeOldCopies(context)).toBe(0);
});
