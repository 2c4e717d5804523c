import { afterEach, describe, expect, test } from 'vitest';
import { reconcile } from '#domain/operations/reconcile.ts';
import { cancelOpenJob } from '#domain/transcode/cancel-open-job.ts';
import { expireLeases } from '#domain/transcode/expire-leases.ts';
import { claimHandover } from '#domain/transcode/handover.ts';
import { receiveProviderNotification } from '#domain/transcode/receive-provider-notification.ts';
import { submitAttempt } from '#domain/transcode/submit-attempt.ts';
import { TranscodeJob } from '#domain/transcode/transcode-job.entity.ts';
import { deleteVideo } from '#domain/video/delete-video.ts';
import { SourceRejected } from '#providers/transcoders/source-inspector.ts';
import { TranscodeFailure, TranscoderUnavailable } from '#providers/transcoders/transcoder.ts';
import { notification } from '../scripted-remote.ts';
import { useStage } from '../stage.ts';
import { clearPipeline, handedOver, leaseRunsOut, waiting } from './handed-over.ts';

const stage = useStage();
afterEach(() => clearPipeline(stage));

const submit = (jobId: string, handBack = new AbortController().signal) =>
  submitAttempt(stage.system(), { jobId }, handBack);
const statesOf = async (videoId: string) => (await stage.attempts(videoId)).map(({ state }) => state);

test('an attempt is handed over once, whoever tries to, and runs there without a lease', async () => {
  const { videoId, attempt } = await waiting(stage);
  await Promise.all([submit(attempt.id), submit(attempt.id), submit(attempt.id)]);
  expect(stage.coconut.jobs).toHaveLength(1);
  expect(await stage.openAttempt(videoId)).toMatchObject({
    id: attempt.id,
    state: 'RUNNING',
    provider: 'coconut',
    provider_job_id: 'coconut-1',
    lease_until: null,
  });
});

test('a worker that is stopping hands nothing over: the attempt stays in the queue', async () => {
  const { attempt } = await waiting(stage);
  await submit(attempt.id, AbortSignal.abort());
  expect(stage.coconut.calls).toEqual([]);
  expect(await stage.queue('submit-transcode', { jobId: attempt.id })).toHaveLength(1);
});

test('while the pipeline is paused nothing is handed over', async () => {
  const { videoId, attempt } = await waiting(stage);
  await stage.sql('update pipeline_control set paused_at = now()');
  try {
    await submit(attempt.id);
    expect(stage.coconut.calls).toEqual([]);
    expect(await stage.openAttempt(videoId)).toMatchObject({ state: 'QUEUED', dispatched_at: null });
  } finally {
    await stage.sql('update pipeline_control set paused_at = null');
  }
  await reconcile(stage.system());
  await stage.runJobs('submit-transcode');
  expect(await stage.openAttempt(videoId)).toMatchObject({ state: 'RUNNING' });
});

describe('an order that is refused', () => {
  test('may be tried again, unless the same would happen again', async () => {
    const { videoId, attempt } = await waiting(stage);
    stage.coconut.refusals.push(new TranscodeFailure('TRANSCODE_ERROR', 'a hiccup'));
    await submit(attempt.id);
    const second = await stage.openAttempt(videoId);
    expect(second).toMatchObject({ failed_before: 1, state: 'QUEUED' });
    stage.coconut.refusals.push(new TranscodeFailure('TRANSCODE_ERROR', 'no such codec', { isFinal: true }));
    await submit(second.id);
    expect(await statesOf(videoId)).toEqual(['FAILED', 'FAILED']);
    expect(await stage.standing(videoId)).toEqual(['FAILED', 'TRANSCODE_ERROR']);
  });

  test('for its source ends the video', async () => {
    const { videoId, attempt } = await waiting(stage);
    stage.coconut.refusals.push(new SourceRejected('SOURCE_NOT_VIDEO', 'a text'));
    await submit(attempt.id);
    expect(await stage.standing(videoId)).toEqual(['FAILED', 'SOURCE_NOT_VIDEO']);
  });
});

describe('a submission whose answer was lost', () => {
  const unheard = async (provider: 'coconut' | 'mediaconvert') => {
    stage[provider].lostAnswers = 1;
    const video = await handedOver(stage, provider);
    expect(video.attempt).toMatchObject({ state: 'RUNNING', provider_job_id: null });
    return video;
  };
  const tell = async (jobId: string, providerJobId: string) => {
    const request = notification({ jobId, providerJobId, kind: 'progress', progressPercent: 12 });
    await receiveProviderNotification(stage.system(), { provider: 'coconut', request });
    await stage.runJobs('apply-provider-event');
  };

  test('is taken over by a webhook that names it', async () => {
    const { videoId, attempt } = await unheard('coconut');
    await tell(attempt.id, 'coconut-1');
    expect(await stage.openAttempt(videoId)).toMatchObject({
      id: attempt.id,
      provider_job_id: 'coconut-1',
      lease_until: null,
      progress: '12.00',
    });
    expect(await expireLeases(stage.system())).toBe(0);
  });

  test('is found by our own id where the provider knows it', async () => {
    const { videoId, attempt } = await unheard('mediaconvert');
    await leaseRunsOut(stage, attempt.id);
    stage.passSeconds(10);
    expect(await expireLeases(stage.system())).toBe(0);
    expect(await stage.openAttempt(videoId)).toMatchObject({
      id: attempt.id,
      provider_job_id: 'mediaconvert-1',
    });
  });

  test('is made anew under a prefix of its own, uncounted, when nobody has told of it; the late one is canceled', async () => {
    const { videoId, attempt } = await unheard('coconut');
    expect(await expireLeases(stage.system())).toBe(0);
    await leaseRunsOut(stage, attempt.id);
    expect(await expireLeases(stage.system())).toBe(1);
    const next = await stage.openAttempt(videoId);
    expect(next).toMatchObject({ failed_before: 0, state: 'QUEUED' });
    expect(next.output_prefix).not.toBe(attempt.output_prefix);
    await tell(attempt.id, 'coconut-1');
    expect(await stage.openAttempt(videoId)).toMatchObject({ id: next.id, provider_job_id: null });
    stage.passSeconds(10);
    await reconcile(stage.system());
    await reconcile(stage.system());
    expect(stage.coconut.canceled).toEqual(['coconut-1']);
  });
});

describe('a worker that dies in the middle of a submission', () => {
  /** The provider has the job; nobody wrote that down. */
  const cutOff = async (provider: 'coconut' | 'mediaconvert') => {
    const { videoId, attempt } = await waiting(stage, provider);
    await claimHandover(stage.system().em, attempt.id);
    const job = await stage.system().em.findOneOrFail(TranscodeJob, { id: attempt.id });
    await stage[provider].submit(job.order());
    return { videoId, attempt };
  };

  test('leaves it to nobody before its time is over', async () => {
    const { videoId, attempt } = await cutOff('coconut');
    await submit(attempt.id);
    expect(await expireLeases(stage.system())).toBe(0);
    expect(stage.coconut.jobs).toHaveLength(1);
    expect(await statesOf(videoId)).toEqual(['QUEUED']);
  });

  test('has it found again', async () => {
    const { videoId, attempt } = await cutOff('mediaconvert');
    await leaseRunsOut(stage, attempt.id);
    expect(await expireLeases(stage.system())).toBe(0);
    expect(await stage.openAttempt(videoId)).toMatchObject({ id: attempt.id, state: 'RUNNING' });
    expect(stage.mediaconvert.jobs).toHaveLength(1);
  });

  test('has nothing decided as long as the provider cannot be asked', async () => {
    const { attempt, videoId } = await cutOff('mediaconvert');
    await leaseRunsOut(stage, attempt.id);
    stage.mediaconvert.outage = new TranscoderUnavailable('transcoder_unreachable', 'away');
    for (let look = 0; look < 5; look += 1) expect(await expireLeases(stage.system())).toBe(0);
    expect(stage.mediaconvert.calls).toEqual(['submit', 'find']);
    stage.mediaconvert.outage = null;
    stage.passSeconds(60);
    await expireLeases(stage.system());
    expect(await stage.openAttempt(videoId)).toMatchObject({ id: attempt.id, state: 'RUNNING' });
  });

  test('has it made anew where the provider cannot tell', async () => {
    const { videoId, attempt } = await cutOff('coconut');
    await leaseRunsOut(stage, attempt.id);
    expect(await expireLeases(stage.system())).toBe(1);
    expect(await statesOf(videoId)).toEqual(['LOST', 'QUEUED']);
  });
});

test('a webhook that is quicker than the answer to the submission takes it over, and nothing is lost', async () => {
  const { videoId, attempt } = await waiting(stage);
  stage.coconut.whileSubmitting = async ({ id }) => {
    const request = notification({ jobId: attempt.id, providerJobId: id, kind: 'progress' });
    await receiveProviderNotification(stage.system(), { provider: 'coconut', request });
    await stage.runJobs('apply-provider-event');
  };
  await submit(attempt.id);
  expect(await stage.openAttempt(videoId)).toMatchObject({ state: 'RUNNING', provider_job_id: 'coconut-1' });
  expect(stage.coconut.canceled).toEqual([]);
});

test('an attempt that is canceled while it is handed over is canceled at the provider, once', async () => {
  const { videoId, attempt } = await waiting(stage);
  stage.coconut.whileSubmitting = () =>
    stage
      .system()
      .em.fork()
      .transactional((tx) => cancelOpenJob(tx, videoId, stage.now()));
  await submit(attempt.id);
  expect(await statesOf(videoId)).toEqual(['CANCELED']);
  stage.passSeconds(10);
  await reconcile(stage.system());
  await reconcile(stage.system());
  expect(stage.coconut.canceled).toEqual(['coconut-1']);
});

test('a deleted video is canceled at the provider, emptied again while that may write, and then gone', async () => {
  const { videoId, ownerId, attempt } = await handedOver(stage);
  await deleteVideo(stage.as(ownerId), { videoId });
  stage.coconut.outage = new TranscoderUnavailable('transcoder_unreachable', 'away');
  await stage.runJobs('purge-video');
  stage.coconut.outage = null;
  stage.passSeconds(7200);
  await stage.coconut.finish(stage.coconut.jobOf(attempt.id));
  await stage.runJobs('purge-video');
  expect(stage.coconut.canceled).toEqual(['coconut-1']);
  expect(await stage.keys('media', attempt.output_prefix)).toEqual([]);
  expect(await stage.sql('select 1 from videos where id = ?', [videoId])).toHaveLength(1);
  stage.passSeconds(86_400);
  await stage.runJobs('purge-video');
  expect(await stage.sql('select 1 from videos where id = ?', [videoId])).toEqual([]);
});

test('a provider that never confirms is paid for less and less often, and not for ever', async () => {
  const { videoId } = await waiting(stage);
  const waits: number[] = [];
  for (let round = 0; round < 40; round += 1) {
    const { id, run_at } = await stage.openAttempt(videoId);
    waits.push(Math.round((new Date(run_at).getTime() - Date.now()) / 1000));
    await stage.sql('update transcode_jobs set dispatched_at = now() where id = ?', [id]);
    await claimHandover(stage.system().em, id);
    await leaseRunsOut(stage, id);
    await expireLeases(stage.system());
  }
  expect(waits.slice(0, 6)).toEqual([0, 0, 15, 30, 60, 120].map((seconds) => expect.closeTo(seconds, -1)));
  expect(Math.max(...waits)).toBeLessThanOrEqual(600);
  expect(await stage.standing(videoId)).toEqual(['FAILED', 'TRANSCODE_ERROR']);
});
