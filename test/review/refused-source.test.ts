import { afterEach, expect, test } from 'vitest';
import { retryVideo } from '#domain/video/retry-video.ts';
import { StorageError } from '#providers/storage/storage-errors.ts';
import { TranscodeFailure } from '#providers/transcoders/transcoder.ts';
import { runTask, useStage } from '../domain/stage.ts';

const stage = useStage();
afterEach(() => stage.reset());

test('a storage that refuses our key even a look is not an archive: nobody is told to come back in some hours', async () => {
  const { videoId, ownerId } = await stage.probed();
  const failure = new TranscodeFailure('TRANSCODE_ERROR', 'no', { isFinal: true });
  stage.transcoder.script.push(() => Promise.reject(failure));
  await runTask('transcode', stage.system(), { jobId: (await stage.openAttempt(videoId)).id });
  const refusal = new StorageError('access_refused', 'the access key may not s3:GetObject');
  stage.gates.sources.head = () => Promise.reject(refusal);
  await expect(retryVideo(stage.as(ownerId), { videoId })).rejects.toBe(refusal);
  expect(await stage.standing(videoId)).toEqual(['FAILED', 'TRANSCODE_ERROR']);
});
