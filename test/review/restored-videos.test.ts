import { afterEach, describe, expect, test } from 'vitest';
import { deleteVideo } from '#domain/video/delete-video.ts';
import { restoreVideo } from '#domain/video/restore-video.ts';
import { transcodeAgain } from '#domain/video/transcode-again.ts';
import { userActor } from '#test/support/platform.ts';
import { type OpenedUpload, runTask, useStage } from '../domain/stage.ts';
import { publish, sentSet, wholeSet } from '../domain/upload/set-steps.ts';

const stage = useStage({ deleteGraceSeconds: 86_400 });
afterEach(() => stage.reset());

const ADMIN = '00000000-0000-4000-8000-00000000000a';
const admin = () => stage.platform.context({ ...userActor(ADMIN), scopes: ['admin'] });
const remove = (video: OpenedUpload) => deleteVideo(stage.as(video.ownerId), video);
const restore = (video: OpenedUpload) => restoreVideo(stage.as(video.ownerId), video);
const probe = async ({ videoId }: OpenedUpload) => {
  for (const { id, payload } of await stage.queue('probe-source', { videoId })) {
    await stage.sql('delete from graphile_worker._private_jobs where id = ?', [id]);
    await runTask('probe-source', stage.system(), payload);
  }
};

describe('a version that an operator asked for outlives a deletion that its owner takes back', () => {
  test('while it was being made: it begins anew, by the same transcoder', async () => {
    const video = await stage.ready();
    await transcodeAgain(admin(), { videoId: video.videoId, transcoder: 'mediaconvert' });
    await probe(video);
    await remove(video);
    await restore(video);
    await probe(video);
    expect(await stage.openAttempt(video.videoId)).toMatchObject({ provider: 'mediaconvert' });
  });

  test('while it waited to be looked at: as it was asked for', async () => {
    const video = await stage.ready();
    await transcodeAgain(admin(), { videoId: video.videoId, transcoder: 'mediaconvert' });
    await remove(video);
    await restore(video);
    await probe(video);
    expect(await stage.openAttempt(video.videoId)).toMatchObject({ provider: 'mediaconvert' });
  });

  test('but one that had ended is not made again', async () => {
    const video = await stage.ready();
    await transcodeAgain(admin(), { videoId: video.videoId });
    await probe(video);
    const { id } = await stage.openAttempt(video.videoId);
    await runTask('transcode', stage.system(), { jobId: id });
    await remove(video);
    await restore(video);
    await probe(video);
    expect(await stage.attempts(video.videoId)).toHaveLength(2);
  });
});

test('two uploads that two deletions canceled are two events', async () => {
  const upload = await stage.opened();
  for (let round = 0; round < 2; round += 1) {
    await remove(upload);
    await restore(upload);
    await stage.opened(upload);
  }
  const told = await stage.queue('announce-video', { videoId: upload.videoId, type: 'video.asset.errored' });
  expect(new Set(told.map(({ payload }) => payload.occurrence)).size).toBe(2);
});

test('deleting and restoring in turns begins no more transcodes than the policy lets uploads begin', async () => {
  const { policies } = stage.system().settings;
  stage.tune({ policies: { ...policies, mobile: { ...policies.mobile, uploadsPerHour: 3 } } });
  const video = await stage.probed();
  for (let round = 0; round < 2; round += 1) {
    await remove(video);
    await restore(video);
    await probe(video);
  }
  await remove(video);
  await expect(restore(video)).rejects.toMatchObject({ code: 'rate_limited' });
  stage.passSeconds(3600);
  expect(await restore(video)).toMatchObject({ status: 'TRANSCODING' });
});

test('what a set left in staging is cleaned while it is deleted, and its source is still there when it comes back', async () => {
  const set = await sentSet(stage, wholeSet());
  await publish(stage, set);
  const sources = await stage.keys('sources', `uploads/${set.videoId}/`);
  expect(sources).toHaveLength(1);
  await deleteVideo(stage.as(set.ownerId), set);
  // The second cleaning, when the last signed URL has died.
  stage.passSeconds(2 * 3600);
  expect(await stage.runJobs('clean-session')).toBeGreaterThan(0);
  await restoreVideo(stage.as(set.ownerId), set);
  expect(await stage.keys('sources', `uploads/${set.videoId}/`)).toEqual(sources);
});
