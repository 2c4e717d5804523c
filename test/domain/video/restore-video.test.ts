import { afterEach, describe, expect, test } from 'vitest';
import { reconcile } from '#domain/operations/reconcile.ts';
import { completeUpload } from '#domain/upload/complete-upload.ts';
import { deleteVideo } from '#domain/video/delete-video.ts';
import { getVideo } from '#domain/video/get-video.ts';
import { purgeVideo } from '#domain/video/purge-video.ts';
import { restoreVideo } from '#domain/video/restore-video.ts';
import { type OpenedUpload, runTask, useStage } from '../stage.ts';

const GRACE_SECONDS = 3 * 86_400;
const stage = useStage({ deleteGraceSeconds: GRACE_SECONDS });
afterEach(() => stage.reset());

const remove = (video: OpenedUpload) => deleteVideo(stage.as(video.ownerId), video);
const restore = (video: OpenedUpload, ownerId = video.ownerId) => restoreVideo(stage.as(ownerId), video);
const leftOf = async ({ videoId }: OpenedUpload) => [
  ...(await stage.keys('sources', `uploads/${videoId}/`)),
  ...(await stage.keys('media', `videos/${videoId}/`)),
];
const probe = async ({ videoId }: OpenedUpload) => {
  for (const { id, payload } of await stage.queue('probe-source', { videoId })) {
    await stage.sql('delete from graphile_worker._private_jobs where id = ?', [id]);
    await runTask('probe-source', stage.system(), payload);
  }
};

test('what played plays again at the same address, and no purge touches it', async () => {
  const video = await stage.ready();
  const before = await getVideo(stage.as(video.ownerId), video);
  const objects = await leftOf(video);
  await remove(video);
  expect(await restore(video)).toMatchObject({ status: 'READY', streamUrl: before.streamUrl });
  stage.passSeconds(GRACE_SECONDS + 60);
  await stage.runJobs('purge-video');
  await purgeVideo(stage.system(), video);
  expect(await leftOf(video)).toEqual(objects);
  await probe(video);
  expect(await stage.attempts(video.videoId)).toHaveLength(1);
});

test('a purge that comes before its time waits for the end of the grace', async () => {
  const video = await stage.ready();
  await remove(video);
  await stage.sql('delete from graphile_worker._private_jobs where key = ?', [`purge:${video.videoId}`]);
  await stage.sql("update videos set deleted_at = now() - interval '10 minutes' where id = ?", [
    video.videoId,
  ]);
  await reconcile(stage.system());
  await stage.runJobs('purge-video');
  expect(await leftOf(video)).not.toEqual([]);
  expect(await stage.queue('purge-video', { videoId: video.videoId })).toHaveLength(1);
  await restore(video);
});

describe('is refused', () => {
  test('after the grace, and once the purge has begun by whatever clock', async () => {
    const late = await stage.ready();
    await remove(late);
    stage.passSeconds(GRACE_SECONDS);
    await expect(restore(late)).rejects.toMatchObject({ code: 'video_not_found' });
    stage.reset();
    stage.tune({ deleteGraceSeconds: 60 });
    const begun = await stage.ready();
    await remove(begun);
    stage.passSeconds(60);
    await purgeVideo(stage.system(), begun);
    stage.passSeconds(-60);
    expect(await stage.sql('select 1 from videos where id = ?', [begun.videoId])).toHaveLength(1);
    await expect(restore(begun)).rejects.toMatchObject({ code: 'video_not_found' });
    expect(await leftOf(begun)).toEqual([]);
  });

  test('to strangers, and for what is not deleted', async () => {
    const video = await stage.ready();
    await expect(restore(video)).rejects.toMatchObject({ code: 'illegal_transition' });
    await remove(video);
    const stranger = '00000000-0000-4000-8000-000000000001';
    await expect(restore(video, stranger)).rejects.toMatchObject({ code: 'video_not_found' });
  });
});

test('of a purge and a restore at the same moment one wins, and the other leaves everything as it is', async () => {
  for (let round = 0; round < 4; round += 1) {
    const video = await stage.ready();
    const objects = await leftOf(video);
    await remove(video);
    // The two clocks disagree: to one the grace is over, to the other it is not.
    const ahead = { ...stage.system(), now: () => new Date(stage.now().getTime() + GRACE_SECONDS * 1000) };
    const [restored] = await Promise.allSettled([restore(video), purgeVideo(ahead, video)]);
    if (restored.status === 'fulfilled') expect(await leftOf(video)).toEqual(objects);
    else expect(await leftOf(video)).toEqual([]);
  }
});

describe('what the deletion stopped', () => {
  test('an upload stays canceled, and the video takes another', async () => {
    const upload = await stage.opened();
    await stage.sendParts(upload, [1]);
    await remove(upload);
    expect(await restore(upload)).toMatchObject({ status: 'FAILED', failReason: 'UPLOAD_CANCELED' });
    await stage.runJobs('clean-session');
    expect(await Array.fromAsync(stage.system().storage.sources.listMultiparts(upload.key))).toEqual([]);
    await stage.uploaded(upload);
  });

  test('a transcode begins anew', async () => {
    const video = await stage.probed();
    await remove(video);
    expect(await restore(video)).toMatchObject({ status: 'TRANSCODING' });
    await probe(video);
    await runTask('transcode', stage.system(), { jobId: (await stage.openAttempt(video.videoId)).id });
    expect(await stage.standing(video.videoId)).toEqual(['READY', null]);
  });

  test('the next version of a READY video begins anew too', async () => {
    const video = await stage.ready();
    const next = await stage.sent(video);
    await completeUpload(stage.as(video.ownerId), next);
    await probe(video);
    await remove(video);
    await restore(video);
    await probe(video);
    const { id } = await stage.openAttempt(video.videoId);
    expect(await stage.row('transcode_jobs', id)).toMatchObject({ plan: { source: { key: next.key } } });
  });
});
