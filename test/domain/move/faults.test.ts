import { expect, test } from 'vitest';
import { removeOldCopies } from '#domain/move/remove-old-copies.ts';
import { deleteVideo } from '#domain/video/delete-video.ts';
import { updateVideo } from '#domain/video/update-video.ts';
import { StorageError } from '#providers/storage/storage-errors.ts';
import { runTask } from '#test/domain/stage.ts';
import { useTwoClouds } from './two-clouds.ts';

const clouds = useTwoClouds();
const { stage } = clouds;

test('a target that stores other bytes gets no video', async () => {
  const video = await stage.ready();
  const corrupting = clouds.seeing('second', 'media', (real) => ({
    put: (key, body, options) =>
      real.put(key, key.endsWith('seg-0.m4s') ? 'another segment' : body, {
        ...options,
        ...(key.endsWith('seg-0.m4s') && { sizeBytes: 15 }),
      }),
  }));
  const report = await clouds.move({}, corrupting);
  expect(report).toMatchObject({ moved: { videos: 0 }, failed: [{ videoId: video.videoId }] });
  expect(report.failed[0]?.problem).toContain('seg-0.m4s');
  expect(await clouds.storageOf(video.videoId)).not.toBe('cloud-b');
  expect(await stage.sql('select problem, mover_token from video_moves')).toEqual([
    { problem: report.failed[0]?.problem, mover_token: null },
  ]);
  expect((await clouds.move()).moved.videos).toBe(1);
});

test('a target that is full is not tried with the whole library, and what it took is not sent again', async () => {
  const videos = [];
  for (let made = 0; made < 10; made += 1) videos.push(await stage.ready());
  let room = 5;
  const full = clouds.seeing('second', 'media', (real) => ({
    put: (...input) => {
      room -= 1;
      if (room < 0) return Promise.reject(new StorageError('rejected', 'the bucket is full'));
      return real.put(...input);
    },
  }));
  const report = await clouds.move({}, full);
  expect(report).toMatchObject({ moved: { videos: 0 }, stopped: true });
  expect(report.failed.length).toBeLessThan(10);
  const copied = await stage.sql<{ key: string }>('select key from moved_objects');
  expect(copied.length).toBeGreaterThanOrEqual(5);
  const sent: string[] = [];
  const watched = clouds.seeing('second', 'media', (real) => ({
    put: (key, ...rest) => {
      sent.push(key);
      return real.put(key, ...rest);
    },
  }));
  expect((await clouds.move({}, watched)).moved.videos).toBe(10);
  expect(copied.filter(({ key }) => sent.includes(key))).toEqual([]);
});

test('what the target has lost since it was copied is copied again', async () => {
  const video = await stage.ready();
  const failing = clouds.seeing('second', 'sources', () => ({
    put: () => Promise.reject(new StorageError('rejected', 'no')),
  }));
  await clouds.move({}, failing);
  const master = (await stage.keys('media', `videos/${video.videoId}/`)).find((key) =>
    key.endsWith('master.m3u8'),
  );
  await clouds.b.media.deleteMany([master ?? '']);
  expect((await clouds.move()).moved.videos).toBe(1);
  expect((await clouds.b.media.head(master ?? '')).sizeBytes).toBeGreaterThan(0);
});

test('a version that is published while the video is copied comes along', async () => {
  const video = await stage.ready();
  let isPublished = false;
  const slow = clouds.seeing('second', 'sources', (real) => ({
    async put(...input) {
      const answer = await real.put(...input);
      if (!isPublished) {
        isPublished = true;
        await stage.ready(video);
      }
      return answer;
    },
  }));
  expect((await clouds.move({}, slow)).moved.videos).toBe(1);
  const { current_version: version } = await stage.row<{ current_version: string }>('videos', video.videoId);
  const copied = [...(await clouds.contents(clouds.b, video.videoId)).keys()];
  expect(copied).toContain(`videos/${video.videoId}/hls/${version}/master.m3u8`);
  expect(await clouds.contents(clouds.b, video.videoId)).toEqual(
    await clouds.contents(clouds.a, video.videoId),
  );
});

test('an upload that begins while the video is copied keeps it where it is', async () => {
  const video = await stage.ready();
  const slow = clouds.seeing('second', 'sources', (real) => ({
    async put(...input) {
      const answer = await real.put(...input);
      await stage.opened(video, 1000);
      return answer;
    },
  }));
  const report = await clouds.move({}, slow);
  expect(report.skipped).toEqual([{ videoId: video.videoId, reason: 'uploading' }]);
  expect(await clouds.storageOf(video.videoId)).not.toBe('cloud-b');
});

test('a title that changes at the last moment does not keep a video, and is kept', async () => {
  const video = await stage.ready();
  let isRenamed = false;
  const late = clouds.seeing('second', 'media', (real) => ({
    async *list(prefix) {
      yield* real.list(prefix);
      if (isRenamed || !(await stage.sql('select 1 from moved_objects')).length) return;
      isRenamed = true;
      await updateVideo(stage.as(video.ownerId), { videoId: video.videoId, title: 'Another' });
    },
  }));
  expect((await clouds.move({}, late)).moved.videos).toBe(1);
  expect(isRenamed).toBe(true);
  expect(await stage.row('videos', video.videoId)).toMatchObject({ title: 'Another', storage: 'cloud-b' });
});

test('a source that is accepted and played after the last look is copied before the switch', async () => {
  const video = await stage.ready();
  let next: { key: string } | undefined;
  const late = clouds.seeing('second', 'media', (real) => ({
    async *list(prefix) {
      yield* real.list(prefix);
      if (!next && (await stage.sql('select 1 from moved_objects')).length > 0)
        next = await stage.ready(video);
    },
  }));
  expect((await clouds.move({}, late)).moved.videos).toBe(1);
  const { etag } = await clouds.b.sources.head(next?.key ?? '');
  expect(await stage.row('videos', video.videoId)).toMatchObject({
    source_file_key: next?.key,
    source_etag: etag,
  });
});

test('a video that is deleted while it is copied leaves nothing in either storage', async () => {
  const video = await stage.ready();
  let isDeleted = false;
  const slow = clouds.seeing('second', 'media', (real) => ({
    async put(...input) {
      if (!isDeleted) {
        isDeleted = true;
        await deleteVideo(stage.as(video.ownerId), video);
        await runTask('purge-video', stage.system(), { videoId: video.videoId });
        await stage.sql('delete from videos where id = ?', [video.videoId]);
      }
      return real.put(...input);
    },
  }));
  const report = await clouds.move({}, slow);
  expect(report.moved.videos).toBe(0);
  await removeOldCopies(stage.system());
  for (const place of [clouds.a, clouds.b])
    expect(await clouds.contents(place, video.videoId)).toEqual(new Map());
  expect(await stage.sql('select * from video_moves')).toEqual([]);
});

test('two movers at once move each video once', async () => {
  const ids: string[] = [];
  for (let made = 0; made < 6; made += 1) ids.push((await stage.ready()).videoId);
  const reports = await Promise.all([clouds.move(), clouds.move()]);
  expect(reports.reduce((sum, { moved }) => sum + moved.videos, 0)).toBe(6);
  for (const id of ids)
    expect(await clouds.contents(clouds.b, id)).toEqual(await clouds.contents(clouds.a, id));
});

test('a mover that was stopped for long switches nothing and deletes nothing, once another has moved the video', async () => {
  const video = await stage.ready();
  let isTaken = false;
  const stopped = clouds.seeing('second', 'sources', (real) => ({
    async put(...input) {
      const answer = await real.put(...input);
      if (!isTaken) {
        isTaken = true;
        await stage.sql(`update video_moves set lease_until = now() - interval '1 second'`);
        expect((await clouds.move()).moved.videos).toBe(1);
        // Its old copy goes, so that for the first mover all that it had copied looks like strays.
        stage.passSeconds(10 * 86_400);
        expect(await removeOldCopies(stage.system())).toBe(1);
      }
      return answer;
    },
  }));
  const before = await clouds.contents(clouds.a, video.videoId);
  const report = await clouds.move({}, stopped);
  expect(report.moved.videos).toBe(0);
  expect(await clouds.contents(clouds.b, video.videoId)).toEqual(before);
  expect(await clouds.storageOf(video.videoId)).toBe('cloud-b');
});
