import { afterEach, expect, test } from 'vitest';
import { runAttempt } from '#domain/transcode/run-attempt.ts';
import { StorageError } from '#providers/storage/storage-errors.ts';
import { TranscodeFailure } from '#providers/transcoders/transcoder.ts';
import { useStage } from '../stage.ts';
import { clearPipeline } from './handed-over.ts';

const stage = useStage();
afterEach(() => clearPipeline(stage));

const cutOff = () =>
  new TranscodeFailure('TRANSCODE_ERROR', 'the encode stopped', {
    cause: new Error('write', { cause: new StorageError('unavailable', 'away') }),
  });

/** Encodes that storage takes down. Answers what each replacement waited, in seconds. */
async function takenDown(videoId: string, times: number): Promise<number[]> {
  const waits: number[] = [];
  for (let time = 0; time < times; time += 1) {
    stage.transcoder.script.push(() => Promise.reject(cutOff()));
    await runAttempt(
      stage.system(),
      { jobId: (await stage.openAttempt(videoId)).id },
      new AbortController().signal,
    );
    const { run_at } = await stage.openAttempt(videoId);
    const waitSeconds = Math.round((new Date(run_at).getTime() - stage.now().getTime()) / 1000);
    waits.push(waitSeconds);
    stage.passSeconds(Math.max(0, waitSeconds));
  }
  return waits;
}

test('storage that is away in mid-encode uses up no attempt, however long it lasts', async () => {
  const { videoId } = await stage.probed();
  const waits = await takenDown(videoId, 8);
  expect(waits).toEqual([10, 20, 40, 80, 160, 300, 300, 300].map((seconds) => expect.closeTo(seconds, -1)));
  const attempts = await stage.attempts(videoId);
  expect(attempts.map(({ state }) => state)).toEqual([...Array(8).fill('HANDED_BACK'), 'QUEUED']);
  expect(attempts.at(-1)).toMatchObject({ failed_before: 0 });
  const { id: jobId } = await stage.openAttempt(videoId);
  await runAttempt(stage.system(), { jobId }, new AbortController().signal);
  expect(await stage.standing(videoId)).toEqual(['READY', null]);
});

test('an encode that fails by itself is counted, in between as well, and the wait begins anew', async () => {
  const { videoId } = await stage.probed();
  await takenDown(videoId, 3);
  stage.transcoder.script.push(() => Promise.reject(new TranscodeFailure('TRANSCODE_ERROR', 'a bug')));
  const { id: jobId } = await stage.openAttempt(videoId);
  await runAttempt(stage.system(), { jobId }, new AbortController().signal);
  expect((await stage.openAttempt(videoId)).failed_before).toBe(1);
  expect(await takenDown(videoId, 1)).toEqual([expect.closeTo(10, -1)]);
  expect((await stage.openAttempt(videoId)).failed_before).toBe(1);
});

test('after half a day it is the video that something is wrong with', async () => {
  const { videoId } = await stage.probed();
  await takenDown(videoId, 2);
  stage.passSeconds(13 * 3600);
  await takenDown(videoId, 1);
  expect((await stage.openAttempt(videoId)).failed_before).toBe(1);
});
