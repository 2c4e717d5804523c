import { expect, test } from 'vitest';
import { removeOldCopies } from '#domain/move/remove-old-copies.ts';
import { StorageError } from '#providers/storage/storage-errors.ts';
import { useTwoClouds } from '#test/domain/move/two-clouds.ts';

const clouds = useTwoClouds();
const { stage } = clouds;
const DAY_SECONDS = 86_400;

test('two storages that are one bucket by two names are no target, and nothing of it is removed as an old copy', async () => {
  const video = await stage.ready();
  const before = await clouds.contents(clouds.a, video.videoId);
  // The operator wanted new media buckets only, or wrote the same one by another address.
  const shared = clouds.seeing('second', 'sources', () => clouds.a.sources);
  await expect(clouds.move({}, shared)).rejects.toMatchObject({ code: 'move_refused' });
  await clouds.move();
  stage.passSeconds(3 * DAY_SECONDS);
  expect(await removeOldCopies(clouds.seeing('second', 'sources', () => clouds.a.sources))).toBe(0);
  expect(await clouds.contents(clouds.a, video.videoId)).toEqual(before);
});

test('a mover that listed a video before another one moved it copies nothing, and its old copy goes when its time has come', async () => {
  const videos = [];
  for (let made = 0; made < 6; made += 1) videos.push(await stage.ready());
  let isMoved = false;
  let gets = 0;
  const slow = clouds.seeing('own', 'sources', (real) => ({
    async get(...input) {
      if (!isMoved) {
        isMoved = true;
        // Four are claimed by this mover; the other two are moved by the second one, behind its back.
        await clouds.move();
      }
      gets += 1;
      return real.get(...input);
    },
  }));
  const report = await clouds.move({}, slow);
  expect(report.failed).toEqual([]);
  expect(gets).toBe(4);
  expect(await stage.sql(`select * from video_moves where state <> 'SWITCHED'`)).toEqual([]);
  stage.passSeconds(3 * DAY_SECONDS);
  expect(await removeOldCopies(stage.system())).toBe(6);
  for (const { videoId } of videos) expect(await clouds.contents(clouds.a, videoId)).toEqual(new Map());
});

test('archived sources are named as such and keep no other video from being moved', async () => {
  const archived = new Set<string>();
  for (let made = 0; made < 10; made += 1) archived.add((await stage.ready()).key);
  const last = await stage.ready();
  const frozen = clouds.seeing('own', 'sources', (real) => ({
    get: (key, options) =>
      archived.has(key)
        ? Promise.reject(new StorageError('object_archived', `${key} is archived`))
        : real.get(key, options),
  }));
  const report = await clouds.move({ waits: true }, frozen);
  expect(report).toMatchObject({ stopped: false, failed: [], moved: { videos: 1 } });
  expect(report.skipped.map(({ reason }) => reason)).toEqual(Array(10).fill('archived'));
  expect(await clouds.storageOf(last.videoId)).toBe('cloud-b');
});

test('who gives up a move and goes back has none of its copies left, and lets go of the target', async () => {
  const video = await stage.ready();
  const failing = clouds.seeing('own', 'sources', () => ({
    get: (key) => Promise.reject(new StorageError('object_archived', `${key} is archived`)),
  }));
  await clouds.move({}, failing);
  expect((await clouds.contents(clouds.b, video.videoId)).size).toBeGreaterThan(0);
  await clouds.move({ to: clouds.a.id });
  await removeOldCopies(stage.system());
  expect(await clouds.contents(clouds.b, video.videoId)).toEqual(new Map());
  expect((await clouds.contents(clouds.a, video.videoId)).size).toBeGreaterThan(0);
  expect(await stage.sql('select * from video_moves')).toEqual([]);
  expect(await stage.sql('select id, is_home from storages')).toEqual([{ id: clouds.a.id, is_home: true }]);
});

test('a video of which the source storage shows nothing is not switched', async () => {
  const video = await stage.ready();
  const empty = clouds.seeing('own', 'media', (real) => ({
    list: () => real.list('of-another-deployment/'),
  }));
  const report = await clouds.move({}, empty);
  expect(report).toMatchObject({
    moved: { videos: 0 },
    skipped: [{ videoId: video.videoId, reason: 'incomplete' }],
  });
  expect(await clouds.storageOf(video.videoId)).not.toBe('cloud-b');
  expect((await clouds.move({ takesIncomplete: true }, empty)).moved.videos).toBe(1);
});
