import { afterEach, expect, test } from 'vitest';
import type { Context } from '#domain/context.ts';
import { reconcile } from '#domain/operations/reconcile.ts';
import { submitAttempt } from '#domain/transcode/submit-attempt.ts';
import { useStage } from '../stage.ts';
import { clearPipeline, handedOver, waiting } from './handed-over.ts';

const stage = useStage();
afterEach(async () => {
  await clearPipeline(stage);
  // The scripted provider counts its jobs anew: what this test left there must not name the next one's.
  await stage.sql('update transcode_jobs set provider_job_id = null');
});

/** A process whose configuration does not name Coconut any more. */
function without(): Context {
  const context = stage.system();
  return {
    ...context,
    transcoders: { ...context.transcoders, defaultName: 'ffmpeg', configured: ['ffmpeg'] },
  };
}
const minutes = async (count: number, context = without()) => {
  for (let minute = 0; minute < count; minute += 1) {
    await reconcile(context);
    stage.passSeconds(60);
  }
};

test('what waits for, or runs at, a transcoder that was removed begins anew at the own one, uncounted', async () => {
  const running = await handedOver(stage);
  const waits = await waiting(stage);
  await submitAttempt(without(), { jobId: waits.attempt.id }, new AbortController().signal);
  await minutes(10);
  for (const { videoId, attempt } of [running, waits])
    expect(await stage.attempts(videoId)).toMatchObject([{ id: attempt.id, provider: 'coconut' }]);
  await minutes(10);
  for (const { videoId } of [running, waits]) {
    expect(await stage.attempts(videoId)).toMatchObject([
      { state: 'LOST', provider: 'coconut', fail_detail: expect.stringContaining('not set up any more') },
      { provider: 'ffmpeg', failed_before: 0, plan: { segmentContainer: 'fmp4' } },
    ]);
    await stage.runJobs('transcode');
    expect(await stage.standing(videoId)).toEqual(['READY', null]);
  }
});

test('a process that still has it keeps its attempts, however long another one stands beside it', async () => {
  const { videoId, attempt } = await handedOver(stage);
  for (let round = 0; round < 30; round += 1) {
    await minutes(1);
    await reconcile(stage.system());
  }
  expect(await stage.attempts(videoId)).toMatchObject([{ id: attempt.id, state: 'RUNNING' }]);
});
