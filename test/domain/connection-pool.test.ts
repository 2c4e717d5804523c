import { afterEach, expect, test } from 'vitest';
import { runAttempt } from '#domain/transcode/run-attempt.ts';
import { pauseUpload } from '#domain/upload/pause-upload.ts';
import { useStage } from './stage.ts';

const stage = useStage({}, { DATABASE_POOL_SIZE: '3' });
afterEach(() => stage.reset());

/** A verb that asks for a second connection inside its transaction would wait for ever behind its own kind. */
test('more verbs at once than there are connections get through', async () => {
  const uploads = [];
  for (let i = 0; i < 8; i += 1) uploads.push(await stage.opened(undefined, 1000));
  const paused = await Promise.all(uploads.map((upload) => pauseUpload(stage.as(upload.ownerId), upload)));
  expect(paused.map(({ status }) => status)).toEqual(uploads.map(() => 'PAUSED'));
});

test('more attempts at once than there are connections are published', async () => {
  const videos = [];
  for (let i = 0; i < 6; i += 1) videos.push(await stage.probed());
  const jobs = await Promise.all(videos.map(({ videoId }) => stage.openAttempt(videoId)));
  const { signal } = new AbortController();
  await Promise.all(jobs.map(({ id }) => runAttempt(stage.system(), { jobId: id }, signal)));
  for (const { videoId } of videos) expect(await stage.standing(videoId)).toEqual(['READY', null]);
});
