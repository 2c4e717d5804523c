import { randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { routedDelivery, routedStorage } from '#bootstrap/storage-routing.ts';
import { removeOldCopies } from '#domain/move/remove-old-copies.ts';
import { signSource } from '#domain/playback/sign-source.ts';
import { watchVideo } from '#domain/playback/watch-video.ts';
import { completeUpload } from '#domain/upload/complete-upload.ts';
import { openSinglePut } from '#domain/upload/open-single-put.ts';
import { receiveStorageEvent } from '#domain/upload/receive-storage-event.ts';
import { retryVideo } from '#domain/video/retry-video.ts';
import { transcodeAgain } from '#domain/video/transcode-again.ts';
import { useTwoClouds } from './two-clouds.ts';

const clouds = useTwoClouds();
const { stage } = clouds;
const TYPE = { contentType: 'text/plain' };

test('a new video names its storage from the start, and everything of it is put there', async () => {
  const video = await stage.ready();
  expect(await clouds.storageOf(video.videoId)).toBe(clouds.a.id);
  expect((await clouds.contents(clouds.a, video.videoId)).size).toBeGreaterThan(5);
  expect(await clouds.contents(clouds.b, video.videoId)).toEqual(new Map());
});

test('signed URLs lead to where the video lives', async () => {
  const video = await stage.ready();
  const hostOf = async () => new URL((await signSource(stage.as(video.ownerId), video))?.url ?? '').host;
  const before = await hostOf();
  await clouds.move();
  expect(await hostOf()).toBe(new URL(clouds.serverUrl).host);
  expect(await hostOf()).not.toBe(before);
  const { url } = (await signSource(stage.as(video.ownerId), video)) ?? { url: '' };
  expect((await fetch(url)).status).toBe(200);
});

test('each video is played by the delivery of its storage', async () => {
  const [moved, stays] = [await stage.ready(), await stage.ready()];
  await stage.opened(stays, 1000);
  await clouds.move();
  const { delivery: routed } = stage.system();
  // Both are the API here; the adapters themselves tell which one was asked.
  const asked: string[] = [];
  const telling = (name: string) => ({
    name: 'local' as const,
    playbackUrl: (key: string) => {
      asked.push(name);
      return `https://${name}.example/${key}`;
    },
    invalidate: () => Promise.resolve(),
  });
  const storages = {
    ...stage.system().storages,
    own: { ...clouds.a, delivery: telling('a') },
    second: { ...clouds.b, delivery: telling('b') },
  };
  const context = { ...stage.system(), delivery: routedDelivery(storages) };
  expect((await watchVideo(context, moved)).streamUrl).toContain('https://b.example/videos/');
  expect((await watchVideo(context, stays)).streamUrl).toContain('https://a.example/videos/');
  expect(routed.playbackUrl('x', clouds.b.id)).toBe('http://localhost:4000/media/x');
});

test('what is dropped from a cache is dropped from both', async () => {
  const dropped: string[] = [];
  const telling = (place: typeof clouds.a, name: string) => ({
    ...place,
    delivery: {
      ...place.delivery,
      invalidate: async (prefix: string) => void dropped.push(`${name} ${prefix}`),
    },
  });
  const storages = { own: telling(clouds.a, 'a'), second: telling(clouds.b, 'b'), homeId: clouds.a.id };
  await routedDelivery(storages).invalidate('videos/x/');
  expect(dropped.sort()).toEqual(['a videos/x/', 'b videos/x/']);
});

test('two buckets are listed as one, in order, and what stands in both is told as it is where the video lives', async () => {
  const video = await stage.ready();
  await clouds.move();
  const prefix = `videos/${video.videoId}/`;
  await clouds.a.media.put(`${prefix}a-only`, 'from a', TYPE);
  await clouds.b.media.put(`${prefix}z-only`, 'from b', TYPE);
  await clouds.a.media.put(`${prefix}both`, 'the old one', TYPE);
  await clouds.b.media.put(`${prefix}both`, 'the living one', TYPE);
  const { media } = stage.system().storage;
  const listed = await Array.fromAsync(media.list(prefix));
  const keys = listed.map(({ key }) => key);
  expect(keys).toEqual([...new Set(keys)].sort());
  expect(keys).toEqual(expect.arrayContaining([`${prefix}a-only`, `${prefix}z-only`]));
  expect(listed.find(({ key }) => key === `${prefix}both`)?.sizeBytes).toBe('the living one'.length);
  expect(await text((await media.get(`${prefix}both`)).body)).toBe('the living one');
  expect(await text((await media.get(`${prefix}a-only`)).body)).toBe('from a');
  await media.deleteMany(keys);
  for (const place of [clouds.a, clouds.b])
    expect(await Array.fromAsync(place.media.list(prefix))).toEqual([]);
});

test('a key that stands nowhere is missing, and so is an archive, until either storage has it', async () => {
  const { sources } = stage.system().storage;
  const key = `archives/${randomUUID()}/archive.zip`;
  await expect(sources.head(key)).rejects.toMatchObject({ code: 'object_not_found' });
  await clouds.b.sources.put(key, 'a zip', TYPE);
  expect((await sources.head(key)).sizeBytes).toBe(5);
});

test('a file that was staged before the storages changed places is completed where it is', async () => {
  const ownerId = randomUUID();
  const opened = await openSinglePut(stage.as(ownerId), {
    title: 'Tour',
    fileName: 'tour.mp4',
    contentType: 'video/mp4',
    createdVia: 'admin',
  });
  expect(
    (
      await fetch(opened.signed.url, {
        method: 'PUT',
        body: 'a film',
        headers: { 'content-type': 'video/mp4' },
      })
    ).ok,
  ).toBe(true);
  // As after the swap: the video lives in what is the second storage now.
  const swapped = { own: clouds.b, second: clouds.a, homeId: clouds.a.id };
  const storage = routedStorage(swapped, clouds.storageOf.bind(clouds));
  await completeUpload({ ...stage.as(ownerId), storage }, opened);
  const source = (await stage.row<{ source_file_key: string }>('videos', opened.video.id)).source_file_key;
  expect((await clouds.a.sources.head(source)).sizeBytes).toBe(6);
  await expect(clouds.b.sources.head(source)).rejects.toMatchObject({ code: 'object_not_found' });
});

test('events of either source bucket are heard, and of no other', async () => {
  const sent = await stage.sent();
  const created = (bucket: string) => [
    { bucket, key: `archives/${randomUUID()}/archive.zip`, isCopy: false },
  ];
  expect(await receiveStorageEvent(stage.system(), { created: created(clouds.a.sources.bucket) })).toBe(1);
  expect(await receiveStorageEvent(stage.system(), { created: created('b-sources') })).toBe(1);
  expect(await receiveStorageEvent(stage.system(), { created: created('b-media') })).toBe(0);
  expect(sent.videoId).toBeTruthy();
});

test('an upload that begins while its video is switched goes to the new place', async () => {
  const video = await stage.ready();
  let isMoved = false;
  stage.gates.sources.createMultipartAfter = async () => {
    if (isMoved) return;
    isMoved = true;
    expect((await clouds.move()).moved.videos).toBe(1);
  };
  const opened = await stage.opened(video, 1000);
  expect(isMoved).toBe(true);
  await stage.sendParts(opened, [1]);
  await completeUpload(stage.as(video.ownerId), opened);
  expect((await clouds.b.sources.head(opened.key)).sizeBytes).toBe(1000);
  expect(await Array.fromAsync(clouds.a.sources.listMultiparts(`uploads/${video.videoId}/`))).toEqual([]);
});

test('a transcoder elsewhere gets only what lives in the storage of this deployment', async () => {
  stage.transcoders.defaultName = 'coconut';
  try {
    const [here, there] = [await stage.uploaded(), await stage.uploaded()];
    await stage.sql('update videos set storage = ? where id = ?', ['cloud-b', there.videoId]);
    await stage.runJobs('probe-source');
    expect(await stage.openAttempt(here.videoId)).toMatchObject({ provider: 'coconut' });
    expect(await stage.openAttempt(there.videoId)).toMatchObject({ provider: 'ffmpeg' });
    // One that was begun before its video came to live elsewhere.
    await stage.sql('update videos set storage = ? where id = ?', ['cloud-b', here.videoId]);
    await stage.runJobs('submit-transcode');
    expect(stage.coconut.calls).toEqual([]);
    expect(await stage.standing(here.videoId)).toEqual(['FAILED', 'TRANSCODE_ERROR']);
    const [attempt] = await stage.sql<{ fail_detail: string }>(
      'select fail_detail from transcode_jobs where video_id = ?',
      [here.videoId],
    );
    expect(attempt?.fail_detail).toContain('lives in cloud-b');
    await retryVideo(stage.as(here.ownerId), here);
    await stage.runJobs('probe-source');
    expect(await stage.openAttempt(here.videoId)).toMatchObject({ provider: 'ffmpeg' });
  } finally {
    stage.transcoders.defaultName = 'ffmpeg';
  }
});

test('whoever names a transcoder that does not reach a video is told, and nothing begins', async () => {
  const { videoId } = await stage.ready();
  const again = (transcoder: 'coconut' | 'ffmpeg') => transcodeAgain(stage.system(), { videoId, transcoder });
  // It is copied, and by that there.
  await clouds.move();
  await expect(again('coconut')).rejects.toMatchObject({
    code: 'transcoder_unavailable',
    message: 'coconut does not reach cloud-b, where this video lives: name ffmpeg, or move the video first',
  });
  expect(await stage.queue('probe-source', { videoId })).toEqual([]);
  await again('ffmpeg');
  expect(await stage.queue('probe-source', { videoId })).toHaveLength(1);
});

test('a player that asked before the switch is served after it, and until the old copy goes', async () => {
  const video = await stage.ready();
  const [key = ''] = await stage.keys('media', `videos/${video.videoId}/hls/`);
  const { body } = await clouds.a.media.get(key);
  await clouds.move();
  expect((await text(body)).length).toBeGreaterThan(0);
  expect((await clouds.a.media.head(key)).sizeBytes).toBeGreaterThan(0);
  stage.passSeconds(3 * 86_400);
  await removeOldCopies(stage.system());
  await expect(clouds.a.media.head(key)).rejects.toMatchObject({ code: 'object_not_found' });
  expect((await stage.system().storage.media.head(key)).sizeBytes).toBeGreaterThan(0);
});
