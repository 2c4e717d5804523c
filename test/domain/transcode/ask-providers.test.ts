import { afterEach, describe, expect, test } from 'vitest';
import { reconcile } from '#domain/operations/reconcile.ts';
import { askProviders } from '#domain/transcode/ask-providers.ts';
import { StorageError } from '#providers/storage/storage-errors.ts';
import { SourceRejected } from '#providers/transcoders/source-inspector.ts';
import { TranscodeFailure, type TranscodeStatus } from '#providers/transcoders/transcoder.ts';
import { useStage } from '../stage.ts';
import { clearPipeline, handedOver } from './handed-over.ts';

const stage = useStage();
afterEach(() => clearPipeline(stage));

const says = (attemptId: string, status: TranscodeStatus) => {
  stage.coconut.jobOf(attemptId).status = status;
};
const asked = () => stage.coconut.calls.filter((call) => call === 'status').length;
/** One round of the reconciler, so much later than the last one. */
async function askAfter(seconds: number): Promise<void> {
  stage.passSeconds(seconds);
  await reconcile(stage.system());
}

test('what the provider finished is published without any event, once', async () => {
  const { videoId, attempt } = await handedOver(stage);
  await stage.coconut.finish(stage.coconut.jobOf(attempt.id));
  await Promise.all([reconcile(stage.system()), reconcile(stage.system()), reconcile(stage.system())]);
  expect(await stage.standing(videoId)).toEqual(['READY', null]);
  expect(asked()).toBe(1);
});

test('what it claims to have finished and storage has not is a failed attempt', async () => {
  const { videoId, attempt } = await handedOver(stage);
  await stage.coconut.finish(stage.coconut.jobOf(attempt.id));
  const [segment = ''] = (await stage.keys('media', attempt.output_prefix)).filter((key) =>
    key.endsWith('seg-1.m4s'),
  );
  await stage.system().storage.media.deleteMany([segment]);
  await reconcile(stage.system());
  expect((await stage.openAttempt(videoId)).failed_before).toBe(1);
});

test('storage that is away while the outputs are read fails nothing: the next round reads them', async () => {
  const { videoId, attempt } = await handedOver(stage);
  await stage.coconut.finish(stage.coconut.jobOf(attempt.id));
  stage.gates.media.get = () => Promise.reject(new StorageError('unavailable', 'away'));
  await reconcile(stage.system());
  expect(await stage.openAttempt(videoId)).toMatchObject({ id: attempt.id, state: 'RUNNING' });
  delete stage.gates.media.get;
  await askAfter(60);
  expect(await stage.standing(videoId)).toEqual(['READY', null]);
});

test('while it runs its progress is kept, never goes back, and stays below the end', async () => {
  const { videoId, attempt } = await handedOver(stage);
  for (const [progressPercent, shown] of [
    [40, '40.00'],
    [30, '40.00'],
    [100, '99.00'],
  ] as const) {
    says(attempt.id, { state: 'running', progressPercent });
    await askAfter(60);
    expect(await stage.openAttempt(videoId)).toMatchObject({ state: 'RUNNING', progress: shown });
  }
});

test('what it failed is tried again, a fault of the source and a failure for good are not', async () => {
  const failed = await handedOver(stage);
  const faulty = await handedOver(stage);
  const final = await handedOver(stage);
  says(failed.attempt.id, { state: 'failed', error: new TranscodeFailure('TRANSCODE_ERROR', 'no') });
  says(faulty.attempt.id, { state: 'failed', error: new SourceRejected('SOURCE_NOT_VIDEO', 'a text') });
  const never = new TranscodeFailure('TRANSCODE_ERROR', 'never', { isFinal: true });
  says(final.attempt.id, { state: 'failed', error: never });
  await reconcile(stage.system());
  expect((await stage.openAttempt(failed.videoId)).failed_before).toBe(1);
  expect(await stage.standing(faulty.videoId)).toEqual(['FAILED', 'SOURCE_NOT_VIDEO']);
  expect(await stage.attempts(final.videoId)).toHaveLength(1);
  expect(await stage.standing(final.videoId)).toEqual(['FAILED', 'TRANSCODE_ERROR']);
});

test('a job that somebody canceled there is a failed attempt that says so', async () => {
  const { videoId, attempt } = await handedOver(stage);
  says(attempt.id, { state: 'canceled' });
  await reconcile(stage.system());
  expect(await stage.row('transcode_jobs', attempt.id)).toMatchObject({
    state: 'FAILED',
    fail_detail: 'Somebody canceled the job at coconut',
  });
  expect((await stage.openAttempt(videoId)).failed_before).toBe(1);
});

describe('a job that it does not know', () => {
  test('is given a while, then made anew once, uncounted; the second time it has failed', async () => {
    const { videoId, attempt } = await handedOver(stage);
    says(attempt.id, { state: 'unknown' });
    await reconcile(stage.system());
    expect(await stage.openAttempt(videoId)).toMatchObject({ id: attempt.id });
    await askAfter(310);
    const next = await stage.openAttempt(videoId);
    expect(next).toMatchObject({ failed_before: 0, forgotten_before: 1, state: 'QUEUED' });
    await stage.runJobs('submit-transcode');
    says(next.id, { state: 'unknown' });
    await askAfter(310);
    expect(await stage.standing(videoId)).toEqual(['FAILED', 'TRANSCODE_ERROR']);
    expect((await stage.attempts(videoId)).map(({ state }) => state)).toEqual(['LOST', 'FAILED']);
  });
});

test('one that it calls running for too long has failed, and is canceled there', async () => {
  stage.tune({ providerTimeoutSeconds: 3600 });
  const { videoId, attempt } = await handedOver(stage);
  await askAfter(3500);
  expect(await stage.openAttempt(videoId)).toMatchObject({ id: attempt.id });
  await askAfter(400);
  expect(await stage.row('transcode_jobs', attempt.id)).toMatchObject({
    state: 'FAILED',
    fail_reason: 'TRANSCODE_TIMEOUT',
  });
  expect(stage.coconut.canceled).toEqual([attempt.provider_job_id]);
  expect((await stage.openAttempt(videoId)).failed_before).toBe(1);
});

describe('the pace', () => {
  test('is a minute for the young, and slower with age', async () => {
    const { attempt } = await handedOver(stage);
    for (let second = 0; second < 300; second += 20) await askAfter(20);
    expect(asked()).toBeGreaterThanOrEqual(4);
    expect(asked()).toBeLessThanOrEqual(6);
    stage.passSeconds(7200);
    await reconcile(stage.system());
    const before = asked();
    for (let minute = 0; minute < 30; minute += 1) await askAfter(60);
    expect(asked() - before).toBe(3);
    expect(stage.coconut.jobOf(attempt.id)).toBeDefined();
  });

  test('asks everybody in turn, the one first of which nothing was heard for longest', async () => {
    const videos = [await handedOver(stage), await handedOver(stage), await handedOver(stage)];
    const order: string[] = [];
    const status = stage.coconut.status.bind(stage.coconut);
    stage.coconut.status = (job) => {
      order.push(job.order.jobId);
      return status(job);
    };
    try {
      await askProviders(stage.system());
      stage.passSeconds(60);
      await stage.sql(
        'update transcode_jobs set asked_at = asked_at - make_interval(secs => ?) where id = ?',
        [30, videos[1]?.attempt.id],
      );
      await askProviders(stage.system());
    } finally {
      stage.coconut.status = status;
    }
    expect(order).toHaveLength(6);
    expect(order[3]).toBe(videos[1]?.attempt.id);
  });
});

test('an answer that is none, about one attempt, keeps nobody else waiting', async () => {
  const [one, two] = [await handedOver(stage), await handedOver(stage)];
  const status = stage.coconut.status.bind(stage.coconut);
  stage.coconut.status = (job) =>
    job.order.jobId === one.attempt.id ? Promise.reject(new Error('a bug')) : status(job);
  says(two.attempt.id, { state: 'failed', error: new TranscodeFailure('TRANSCODE_ERROR', 'no') });
  await reconcile(stage.system());
  stage.coconut.status = status;
  expect((await stage.openAttempt(one.videoId)).failed_before).toBe(0);
  expect((await stage.openAttempt(two.videoId)).failed_before).toBe(1);
});
