import { afterEach, expect, test } from 'vitest';
import { reconcile } from '#domain/operations/reconcile.ts';
import { runAttempt } from '#domain/transcode/run-attempt.ts';
import { TranscodeJob } from '#domain/transcode/transcode-job.entity.ts';
import { SourceRejected } from '#providers/transcoders/source-inspector.ts';
import { TranscodeFailure } from '#providers/transcoders/transcoder.ts';
import { useStage } from '../stage.ts';

const stage = useStage();
afterEach(async () => {
  stage.reset();
  await stage.sql(
    "update transcode_jobs set state = 'CANCELED', finished_at = now() where state in ('QUEUED', 'RUNNING')",
  );
});

/** An attempt that a provider elsewhere works on, of which no event will ever come. */
async function submitted(): Promise<{ videoId: string; jobId: string }> {
  stage.transcoder.elsewhere = true;
  const { videoId } = await stage.probed();
  const { id: jobId } = await stage.openAttempt(videoId);
  await runAttempt(stage.system(), { jobId }, new AbortController().signal);
  return { videoId, jobId };
}

test('what the provider finished is published without any event', async () => {
  const { videoId, jobId } = await submitted();
  const job = await stage.system().em.findOneOrFail(TranscodeJob, { id: jobId });
  stage.transcoder.reported = { state: 'succeeded', output: await stage.transcoder.make(job.order()) };
  await Promise.all([reconcile(stage.system()), reconcile(stage.system())]);
  expect(await stage.standing(videoId)).toEqual(['READY', null]);
});

test('what it claims to have finished and storage has not is a failed attempt', async () => {
  const { videoId, jobId } = await submitted();
  const job = await stage.system().em.findOneOrFail(TranscodeJob, { id: jobId });
  const output = await stage.transcoder.make(job.order());
  await stage.system().storage.media.deleteMany([`${job.outputPrefix}180p/seg-1.m4s`]);
  stage.transcoder.reported = { state: 'succeeded', output };
  await reconcile(stage.system());
  expect((await stage.openAttempt(videoId)).failed_before).toBe(1);
});

test('while it runs its progress is kept and nothing ends', async () => {
  const { videoId, jobId } = await submitted();
  for (const progressPercent of [40, 30]) {
    stage.transcoder.reported = { state: 'running', progressPercent };
    await reconcile(stage.system());
  }
  expect(await stage.openAttempt(videoId)).toMatchObject({ id: jobId, state: 'RUNNING', progress: '40.00' });
});

test('what it failed is tried again, and a fault of the source is not', async () => {
  const failed = await submitted();
  stage.transcoder.reported = { state: 'failed', error: new TranscodeFailure('TRANSCODE_ERROR', 'no') };
  await reconcile(stage.system());
  expect((await stage.openAttempt(failed.videoId)).failed_before).toBe(1);
  const faulty = await submitted();
  stage.transcoder.reported = { state: 'failed', error: new SourceRejected('SOURCE_NOT_VIDEO', 'a text') };
  await reconcile(stage.system());
  expect(await stage.standing(faulty.videoId)).toEqual(['FAILED', 'SOURCE_NOT_VIDEO']);
});

test('a job that it does not know is given a while, then made anew', async () => {
  const { videoId, jobId } = await submitted();
  stage.transcoder.reported = { state: 'unknown' };
  await reconcile(stage.system());
  expect(await stage.openAttempt(videoId)).toMatchObject({ id: jobId });
  stage.passSeconds(600);
  await reconcile(stage.system());
  expect((await stage.openAttempt(videoId)).id).not.toBe(jobId);
});

test('a provider that does not answer keeps nobody else waiting', async () => {
  const one = await submitted();
  const two = await submitted();
  const status = stage.transcoder.status.bind(stage.transcoder);
  let asked = 0;
  stage.transcoder.status = () => {
    asked += 1;
    if (asked === 1) return Promise.reject(new Error('503'));
    return Promise.resolve({ state: 'failed', error: new TranscodeFailure('TRANSCODE_ERROR', 'no') });
  };
  await reconcile(stage.system());
  stage.transcoder.status = status;
  const failures = await Promise.all(
    [one, two].map(async ({ videoId }) => (await stage.openAttempt(videoId)).failed_before),
  );
  expect(failures.sort()).toEqual([0, 1]);
});
