import { afterEach, describe, expect, test } from 'vitest';
import { reconcile } from '#domain/operations/reconcile.ts';
import { openMedia } from '#domain/playback/open-media.ts';
import { watchVideo } from '#domain/playback/watch-video.ts';
import { expireLeases } from '#domain/transcode/expire-leases.ts';
import { runAttempt } from '#domain/transcode/run-attempt.ts';
import { completeUpload } from '#domain/upload/complete-upload.ts';
import { getUpload } from '#domain/upload/get-upload.ts';
import { signParts } from '#domain/upload/sign-parts.ts';
import { deleteVideo } from '#domain/video/delete-video.ts';
import { getVideo } from '#domain/video/get-video.ts';
import { listVideos } from '#domain/video/list-videos.ts';
import { purgeVideo } from '#domain/video/purge-video.ts';
import { retryVideo } from '#domain/video/retry-video.ts';
import { updateVideo } from '#domain/video/update-video.ts';
import { waitFor } from '#test/support/conditions.ts';
import { useStage } from '../stage.ts';
import { openedPut, putFile, sentPut } from '../upload/single-put-steps.ts';

const stage = useStage();
afterEach(() => stage.reset());

/** Until the last signed URL and the last lease are dead. */
const QUIET_SECONDS = 3600 + 45 + 120;
const leftOf = async (videoId: string) => [
  ...(await stage.keys('sources', `uploads/${videoId}/`)),
  ...(await stage.keys('media', `videos/${videoId}/`)),
];
const rowsOf = async (videoId: string) =>
  (await stage.sql('select 1 from videos where id = ?', [videoId])).length;

test('from the commit on nobody sees it any more', async () => {
  const video = await stage.ready();
  const { streamUrl } = await getVideo(stage.as(video.ownerId), video);
  const key = new URL(streamUrl ?? '').pathname.replace('/media/', '');
  await deleteVideo(stage.as(video.ownerId), video);
  const as = () => stage.as(video.ownerId);
  for (const verb of [
    () => getVideo(as(), video),
    () => updateVideo(as(), { ...video, title: 'x' }),
    () => retryVideo(as(), video),
    () => deleteVideo(as(), video),
    () => watchVideo(stage.system(), video),
  ])
    await expect(verb()).rejects.toMatchObject({ code: 'video_not_found' });
  await expect(getUpload(as(), video)).rejects.toMatchObject({ code: 'upload_not_found' });
  await expect(openMedia(stage.system(), { key, headOnly: true })).rejects.toMatchObject({
    code: 'not_found',
  });
  expect((await listVideos(as(), { limit: 100 })).items).toEqual([]);
});

test('nobody deletes the video of somebody else', async () => {
  const video = await stage.draft();
  const stranger = stage.as('00000000-0000-4000-8000-000000000001');
  await expect(deleteVideo(stranger, video)).rejects.toMatchObject({ code: 'video_not_found' });
  expect(await rowsOf(video.videoId)).toBe(1);
});

test('a READY video is emptied at once; its row goes when nothing can write any more', async () => {
  const video = await stage.ready();
  expect((await leftOf(video.videoId)).length).toBeGreaterThan(5);
  await deleteVideo(stage.as(video.ownerId), video);
  await stage.runJobs('purge-video');
  expect(await leftOf(video.videoId)).toEqual([]);
  expect(await rowsOf(video.videoId)).toBe(1);
  expect(await stage.queue('purge-video', { videoId: video.videoId })).toHaveLength(1);
  // A PUT by a URL that was still alive landed meanwhile.
  await stage.system().storage.sources.put(video.key, 'late', { contentType: 'video/mp4' });
  stage.passSeconds(QUIET_SECONDS);
  await stage.runJobs('purge-video');
  expect(await leftOf(video.videoId)).toEqual([]);
  expect(await rowsOf(video.videoId)).toBe(0);
  await stage.runJobs('purge-video');
});

describe('while work is under way both buckets end up empty', () => {
  test('an upload: its parts go, its URLs lead nowhere', async () => {
    const upload = await stage.opened();
    const [part] = await signParts(stage.as(upload.ownerId), {
      sessionId: upload.sessionId,
      partNumbers: [2],
    });
    await stage.sendParts(upload, [1]);
    await deleteVideo(stage.as(upload.ownerId), upload);
    await stage.runJobs('purge-video');
    const late = await fetch(part?.url ?? '', { method: 'PUT', body: new Uint8Array(1000) });
    expect(late.status).toBe(404);
    await expect(completeUpload(stage.as(upload.ownerId), upload)).rejects.toMatchObject({
      code: 'upload_not_found',
    });
    stage.passSeconds(QUIET_SECONDS);
    await stage.runJobs('purge-video');
    expect(await leftOf(upload.videoId)).toEqual([]);
    expect(await rowsOf(upload.videoId)).toBe(0);
    const open = await Array.fromAsync(stage.system().storage.sources.listMultiparts(upload.key));
    expect(open).toEqual([]);
  });

  test('a transcode: it is stopped, publishes nothing, and what it wrote late goes too', async () => {
    const video = await stage.probed();
    const { id } = await stage.openAttempt(video.videoId);
    const resume = Promise.withResolvers<void>();
    stage.transcoder.script.push(async (order) => {
      await resume.promise;
      return stage.transcoder.make(order);
    });
    const running = runAttempt(stage.system(), { jobId: id }, new AbortController().signal);
    await waitFor('the order', async () => stage.transcoder.orders.length === 1);
    await deleteVideo(stage.as(video.ownerId), video);
    await stage.runJobs('purge-video');
    resume.resolve();
    await running;
    await waitFor('the late outputs', async () => (await leftOf(video.videoId)).length > 0);
    expect(await stage.attempts(video.videoId)).toMatchObject([{ state: 'CANCELED' }]);
    expect(await expireLeases(stage.system())).toBe(0);
    stage.passSeconds(QUIET_SECONDS);
    await stage.runJobs('purge-video');
    expect(await leftOf(video.videoId)).toEqual([]);
    expect(await rowsOf(video.videoId)).toBe(0);
  });

  test('a probe: it starts no attempt', async () => {
    const video = await stage.uploaded();
    await deleteVideo(stage.as(video.ownerId), video);
    await stage.runJobs('probe-source');
    expect(await stage.attempts(video.videoId)).toEqual([]);
  });

  test('a delete frees the place of its attempt for the next one of the owner', async () => {
    stage.tune({ maxActiveJobsPerOwner: 1 });
    const first = await stage.probed();
    const draft = await stage.draft(first.ownerId);
    await stage.probed(draft);
    expect((await stage.openAttempt(draft.videoId)).dispatched_at).toBeNull();
    await deleteVideo(stage.as(first.ownerId), first);
    expect((await stage.openAttempt(draft.videoId)).dispatched_at).not.toBeNull();
  });
});

test('a purge that storage interrupts is taken up again and loses nothing', async () => {
  const video = await stage.ready();
  await deleteVideo(stage.as(video.ownerId), video);
  stage.gates.media.deleteMany = () => {
    throw new Error('storage is away');
  };
  await expect(stage.runJobs('purge-video')).rejects.toThrow('storage is away');
  expect(await rowsOf(video.videoId)).toBe(1);
  delete stage.gates.media.deleteMany;
  await stage.sql("update videos set deleted_at = now() - interval '10 minutes' where id = ?", [
    video.videoId,
  ]);
  await reconcile(stage.system());
  await stage.runJobs('purge-video');
  expect(await leftOf(video.videoId)).toEqual([]);
});

test('a video that is not deleted is never purged', async () => {
  const video = await stage.ready();
  stage.passSeconds(10 * QUIET_SECONDS);
  await purgeVideo(stage.system(), video);
  expect(await rowsOf(video.videoId)).toBe(1);
  expect((await leftOf(video.videoId)).length).toBeGreaterThan(5);
});

describe('a file that came by one PUT', () => {
  test('leaves nothing in staging either, and what its URL still writes goes when that has died', async () => {
    const sent = await sentPut(stage);
    await deleteVideo(stage.as(sent.ownerId), sent);
    await stage.runJobs('purge-video');
    expect(await stage.keys('sources', `staging/${sent.videoId}/`)).toEqual([]);
    expect(await putFile(sent.url)).toBe(200);
    stage.passSeconds(QUIET_SECONDS);
    await stage.runJobs('purge-video');
    expect(await stage.keys('sources', `staging/${sent.videoId}/`)).toEqual([]);
    expect(await rowsOf(sent.videoId)).toBe(0);
  });

  test('holds its tombstone as long as its own contract signs for, not as long as any does', async () => {
    const [direct, admin] = [
      await openedPut(stage, { createdVia: 'direct' }),
      await openedPut(stage, { createdVia: 'admin' }),
    ];
    const draft = await stage.draft();
    for (const video of [direct, admin, draft]) await deleteVideo(stage.as(video.ownerId), video);
    stage.passSeconds(45 + 61);
    await stage.runJobs('purge-video');
    expect(await Promise.all([draft, direct, admin].map(({ videoId }) => rowsOf(videoId)))).toEqual([
      0, 1, 1,
    ]);
    stage.passSeconds(900);
    await stage.runJobs('purge-video');
    expect(await Promise.all([direct, admin].map(({ videoId }) => rowsOf(videoId)))).toEqual([0, 1]);
    stage.passSeconds(12 * 3600);
    await stage.runJobs('purge-video');
    expect(await rowsOf(admin.videoId)).toBe(0);
  });

  test('waits for a completer that takes longer than all URLs live', async () => {
    const sent = await sentPut(stage);
    await stage.sql("update upload_sessions set completing_until = now() + interval '3 hours' where id = ?", [
      sent.sessionId,
    ]);
    await deleteVideo(stage.as(sent.ownerId), sent);
    stage.passSeconds(QUIET_SECONDS);
    await stage.runJobs('purge-video');
    expect(await rowsOf(sent.videoId)).toBe(1);
    stage.passSeconds(3 * 3600);
    await stage.runJobs('purge-video');
    expect(await rowsOf(sent.videoId)).toBe(0);
  });
});

test('a TUS upload goes with all that its server kept beside it', async () => {
  const upload = await stage.opened(undefined, 1000);
  const { sources } = stage.system().storage;
  await stage.sql("update upload_sessions set provider = 'TUS' where id = ?", [upload.sessionId]);
  for (const name of ['source.mp4.info', 'rest'])
    await sources.put(upload.key.replace('source.mp4', name), 'x', { contentType: 'text/plain' });
  await deleteVideo(stage.as(upload.ownerId), upload);
  await stage.runJobs('purge-video');
  expect(await leftOf(upload.videoId)).toEqual([]);
  expect(await Array.fromAsync(sources.listMultiparts(upload.key))).toEqual([]);
});
