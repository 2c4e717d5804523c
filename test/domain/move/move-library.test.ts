import { expect, test } from 'vitest';
import { planMove } from '#domain/move/plan-move.ts';
import { completeUpload } from '#domain/upload/complete-upload.ts';
import { retryVideo } from '#domain/video/retry-video.ts';
import { useTwoClouds } from './two-clouds.ts';

const clouds = useTwoClouds();
const { stage } = clouds;

test('a library is moved while players fetch it: every object is there at every moment, and the copy is the same', async () => {
  const videos = [await stage.ready(), await stage.ready(), await stage.ready()];
  const ids = videos.map(({ videoId }) => videoId);
  const before = new Map<string, Map<string, string>>();
  for (const id of ids) before.set(id, await clouds.contents(clouds.a, id));
  const published = new Map(
    ids.map((id) => [id, [...(before.get(id)?.keys() ?? [])].filter((key) => key.startsWith('videos/'))]),
  );
  expect(published.get(ids[0] ?? '')?.length).toBeGreaterThan(5);

  const players = clouds.watch(ids, published);
  const plan = await planMove(stage.system(), { to: clouds.b.id });
  const report = await clouds.move();
  const rounds = await players.stop();

  expect(rounds).toBeGreaterThan(0);
  expect(report).toMatchObject({ failed: [], skipped: [], stopped: false });
  expect(report.moved).toEqual({ videos: plan.videos, objects: plan.objects, bytes: plan.bytes });
  expect(plan.videos).toBe(3);
  for (const { videoId, key } of videos) {
    expect(await clouds.storageOf(videoId)).toBe('cloud-b');
    expect(await clouds.contents(clouds.b, videoId)).toEqual(before.get(videoId));
    const { etag } = await clouds.b.sources.head(key);
    expect(await stage.row('videos', videoId)).toMatchObject({ source_etag: etag, status: 'READY' });
  }

  const again = await clouds.move();
  expect(again.moved).toEqual({ videos: 0, objects: 0, bytes: 0 });
  expect(await planMove(stage.system(), { to: clouds.b.id })).toMatchObject({ videos: 0, bytes: 0 });
});

test('a dry run changes nothing and says what is skipped and why', async () => {
  const ready = await stage.ready();
  const sending = await stage.sent();
  const waiting = await stage.uploaded();
  const encoding = await stage.probed();
  const plan = await planMove(stage.system(), { to: clouds.b.id });
  const sizes = [...(await clouds.contents(clouds.a, ready.videoId)).keys()];
  expect(plan).toMatchObject({ videos: 1, objects: sizes.length, copied: { objects: 0, bytes: 0 } });
  expect(new Map(plan.skipped.map(({ videoId, reason }) => [videoId, reason]))).toEqual(
    new Map([
      [sending.videoId, 'uploading'],
      [waiting.videoId, 'in_work'],
      [encoding.videoId, 'in_work'],
    ]),
  );
  expect(await clouds.contents(clouds.b, ready.videoId)).toEqual(new Map());
  expect(await stage.sql('select * from video_moves')).toEqual([]);
});

test('what is at work is left, and is moved by the run that waits for it', async () => {
  const sending = await stage.sent();
  const ready = await stage.ready();
  const first = await clouds.move();
  expect(first.moved.videos).toBe(1);
  expect(first.skipped).toEqual([{ videoId: sending.videoId, reason: 'uploading' }]);
  await completeUpload(stage.as(sending.ownerId), sending);
  await stage.runJobs('probe-source');
  await stage.runJobs('transcode');
  expect(await stage.standing(sending.videoId)).toEqual(['READY', null]);
  const second = await clouds.move({ waits: true });
  expect(second).toMatchObject({ skipped: [], moved: { videos: 1 } });
  for (const { videoId } of [sending, ready]) expect(await clouds.storageOf(videoId)).toBe('cloud-b');
});

test('a new source for a moved video goes to where the video lives, and its next version too', async () => {
  const video = await stage.ready();
  await clouds.move();
  const next = await stage.uploaded(video);
  await stage.runJobs('probe-source');
  await stage.runJobs('transcode');
  expect(await stage.standing(video.videoId)).toEqual(['READY', null]);
  const { current_version: version } = await stage.row<{ current_version: string }>('videos', video.videoId);
  const keys = [...(await clouds.contents(clouds.b, video.videoId)).keys()];
  expect(keys).toContain(next.key);
  expect(keys).toContain(`videos/${video.videoId}/hls/${version}/master.m3u8`);
  const old = [...(await clouds.contents(clouds.a, video.videoId)).keys()];
  expect(old).not.toContain(next.key);
});

test('a failed video is retried after the move from the source that was moved', async () => {
  stage.tune({ transcodeAttempts: 1 });
  stage.transcoder.script.push(() => Promise.reject(new Error('no')));
  const video = await stage.ready();
  expect(await stage.standing(video.videoId)).toEqual(['FAILED', 'TRANSCODE_ERROR']);
  await clouds.move();
  await clouds.a.sources.deleteMany([video.key]);
  await retryVideo(stage.as(video.ownerId), video);
  await stage.runJobs('probe-source');
  await stage.runJobs('transcode');
  expect(await stage.standing(video.videoId)).toEqual(['READY', null]);
});

test('a library is moved back', async () => {
  const video = await stage.ready();
  const before = await clouds.contents(clouds.a, video.videoId);
  await clouds.move();
  const back = await clouds.move({ to: clouds.a.id });
  expect(back.moved).toMatchObject({ videos: 1, objects: before.size });
  expect(await clouds.storageOf(video.videoId)).toBe(clouds.a.id);
  expect(await clouds.contents(clouds.a, video.videoId)).toEqual(before);
  const { etag } = await clouds.a.sources.head(video.key);
  expect(await stage.row('videos', video.videoId)).toMatchObject({ source_etag: etag });
});

test('a process that does not know the target keeps a move from beginning, until it is gone', async () => {
  const video = await stage.ready();
  await stage.sql(
    `insert into running_processes values (gen_random_uuid(), 'host-7 4711', array[?]::text[], now())`,
    [clouds.a.id],
  );
  await expect(clouds.move()).rejects.toMatchObject({
    code: 'move_refused',
    message: expect.stringContaining('host-7 4711'),
  });
  expect(await clouds.storageOf(video.videoId)).not.toBe('cloud-b');
  await stage.sql(`update running_processes set beat_at = now() - interval '2 minutes'`);
  expect((await clouds.move()).moved.videos).toBe(1);
});
