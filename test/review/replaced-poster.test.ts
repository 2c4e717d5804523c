import { afterEach, expect, test } from 'vitest';
import { transcodeAgain } from '#domain/video/transcode-again.ts';
import { StorageError } from '#providers/storage/storage-errors.ts';
import { TranscodeFailure } from '#providers/transcoders/transcoder.ts';
import { userActor } from '#test/support/platform.ts';
import { runTask, useStage } from '../domain/stage.ts';

const stage = useStage();
afterEach(() => stage.reset());

const posterOf = async (videoId: string) =>
  (await stage.row<{ poster_key: string | null }>('videos', videoId)).poster_key;
const noneIsCut = () => {
  stage.gates.media.put = (key) => {
    if (key.includes('/poster/')) throw new StorageError('unavailable', 'not this one');
  };
};

test('a file that replaces another never shows the picture of the one before', async () => {
  const video = await stage.ready();
  const first = await posterOf(video.videoId);
  expect(first).not.toBeNull();
  noneIsCut();
  await stage.ready(video);
  expect(await posterOf(video.videoId)).toBeNull();
});

test('nor does one that comes after a file that failed, while it is in work', async () => {
  const video = await stage.probed();
  expect(await posterOf(video.videoId)).not.toBeNull();
  const failure = new TranscodeFailure('TRANSCODE_ERROR', 'no', { isFinal: true });
  stage.transcoder.script.push(() => Promise.reject(failure));
  await runTask('transcode', stage.system(), { jobId: (await stage.openAttempt(video.videoId)).id });
  noneIsCut();
  await stage.probed(video);
  expect(await posterOf(video.videoId)).toBeNull();
});

test('the same source again, of which none can be cut this time, keeps its picture', async () => {
  const video = await stage.ready();
  const first = await posterOf(video.videoId);
  noneIsCut();
  const admin = stage.platform.context({ ...userActor(), scopes: ['admin'] });
  await transcodeAgain(admin, { videoId: video.videoId });
  await stage.runJobs('probe-source');
  await runTask('transcode', stage.system(), { jobId: (await stage.openAttempt(video.videoId)).id });
  expect(await posterOf(video.videoId)).toBe(first);
});

test('of two files that both have one, the picture is of the file that plays', async () => {
  const video = await stage.ready();
  const first = await posterOf(video.videoId);
  await stage.ready(video);
  const second = await posterOf(video.videoId);
  expect(second).not.toBeNull();
  expect(second).not.toBe(first);
});
