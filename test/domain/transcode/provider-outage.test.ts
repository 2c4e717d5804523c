import { afterEach, describe, expect, test } from 'vitest';
import { reconcile } from '#domain/operations/reconcile.ts';
import { expireLeases } from '#domain/transcode/expire-leases.ts';
import { receiveProviderNotification } from '#domain/transcode/receive-provider-notification.ts';
import { TranscoderUnavailable } from '#providers/transcoders/transcoder.ts';
import { notification } from '../scripted-remote.ts';
import { useStage } from '../stage.ts';
import { clearPipeline, type HandedOverVideo, handedOver, leaseRunsOut, waiting } from './handed-over.ts';

const stage = useStage();
afterEach(() => clearPipeline(stage));

const away = () => new TranscoderUnavailable('transcoder_unreachable', 'connection refused');
const standing = async () => (await stage.sql('select * from provider_standings'))[0];
const submissions = () => stage.coconut.calls.filter((call) => call === 'submit').length;

/** Lets time pass as a deployment does: jobs when they are due, the watch of leases, the reconciler every minute. */
async function live(minutes: number, looksAMinute = 2): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    await reconcile(stage.system());
    for (let step = 0; step < looksAMinute; step += 1) {
      await stage.runJobs('submit-transcode');
      await stage.runJobs('apply-provider-event');
      await stage.runJobs('reconcile');
      await expireLeases(stage.system());
      stage.passSeconds(60 / looksAMinute);
    }
  }
}

async function videos(count: number, make: () => Promise<HandedOverVideo>): Promise<HandedOverVideo[]> {
  const made: HandedOverVideo[] = [];
  for (let i = 0; i < count; i += 1) made.push(await make());
  return made;
}

test('an hour without the provider costs a call a minute, no row and no failure; then all goes on at once', async () => {
  const running = await videos(3, () => handedOver(stage));
  const waits = await videos(12, () => waiting(stage));
  stage.coconut.calls.length = 0;
  stage.coconut.outage = away();
  await live(60, 1);
  expect(stage.coconut.calls.length).toBeGreaterThan(30);
  expect(stage.coconut.calls.length).toBeLessThanOrEqual(75);
  for (const { videoId, attempt } of [...running, ...waits]) {
    expect(await stage.attempts(videoId)).toMatchObject([{ id: attempt.id, failed_before: 0 }]);
    expect(await stage.standing(videoId)).toEqual(['TRANSCODING', null]);
  }
  expect(await stage.sql('select 1 from dead_letters')).toEqual([]);
  expect(await standing()).toMatchObject({ provider: 'coconut', problem: 'transcoder_unreachable' });

  stage.coconut.outage = null;
  for (const { attempt } of running) await stage.coconut.finish(stage.coconut.jobOf(attempt.id));
  await live(2);
  expect(await standing()).toBeUndefined();
  for (const { videoId } of running) expect(await stage.standing(videoId)).toEqual(['READY', null]);
  for (const { videoId } of waits)
    expect(await stage.openAttempt(videoId)).toMatchObject({ state: 'RUNNING' });
});

test('with nothing running there, one waiting attempt makes the trial, and the same row goes on', async () => {
  const waits = await videos(6, () => waiting(stage));
  stage.coconut.outage = away();
  await live(10);
  expect(submissions()).toBeLessThanOrEqual(16);
  for (const { videoId } of waits)
    expect(await stage.attempts(videoId)).toMatchObject([{ state: 'QUEUED', failed_before: 0 }]);
  stage.coconut.outage = null;
  await live(2);
  for (const { videoId } of waits)
    expect(await stage.openAttempt(videoId)).toMatchObject({ state: 'RUNNING' });
  expect(stage.coconut.jobs).toHaveLength(6);
});

test('a provider that hangs is asked a question before it is given an order again: none is paid for twice', async () => {
  const past = await handedOver(stage);
  await stage.coconut.finish(stage.coconut.jobOf(past.attempt.id));
  await reconcile(stage.system());
  const { videoId } = await waiting(stage);
  stage.coconut.calls.length = 0;
  stage.coconut.outage = new TranscoderUnavailable('transcoder_unreachable', 'timed out', {
    maybeAccepted: true,
  });
  await stage.runJobs('submit-transcode');
  const { id } = await stage.openAttempt(videoId);
  await leaseRunsOut(stage, id);
  await live(30, 1);
  expect(submissions()).toBe(1);
  expect((await stage.attempts(videoId)).map(({ state }) => state)).toEqual(['LOST', 'QUEUED']);
  stage.coconut.outage = null;
  await live(2);
  expect(await stage.openAttempt(videoId)).toMatchObject({ state: 'RUNNING' });
  expect(submissions()).toBe(2);
});

test('one that takes no orders and answers questions is asked, and given one order a minute to try', async () => {
  const running = await handedOver(stage);
  const waits = await videos(3, () => waiting(stage));
  const submit = stage.coconut.submit.bind(stage.coconut);
  stage.coconut.submit = () => {
    stage.coconut.calls.push('submit');
    return Promise.reject(new TranscoderUnavailable('transcoder_throttled', 'TooManyRequests'));
  };
  stage.coconut.calls.length = 0;
  try {
    await live(15);
    expect(submissions()).toBeLessThanOrEqual(20);
    await stage.coconut.finish(stage.coconut.jobOf(running.attempt.id));
    await live(2);
    expect(await stage.standing(running.videoId)).toEqual(['READY', null]);
    expect(await standing()).toMatchObject({ orders_only: true, problem: 'transcoder_throttled' });
  } finally {
    stage.coconut.submit = submit;
  }
  await live(2);
  for (const { videoId } of waits)
    expect(await stage.attempts(videoId)).toMatchObject([{ state: 'RUNNING', failed_before: 0 }]);
});

test('many calls that fail at the same moment are one failure', async () => {
  const waits = await videos(4, () => waiting(stage));
  stage.coconut.outage = away();
  await stage.runJobs('submit-transcode');
  const started = waits.map(({ attempt }) => attempt.id);
  expect(started).toHaveLength(4);
  expect(submissions()).toBe(1);
  expect(await standing()).toMatchObject({ failures: 1 });
});

describe('a provider that throttles', () => {
  test('is asked when it said, not before', async () => {
    const { attempt } = await waiting(stage);
    stage.coconut.outage = new TranscoderUnavailable('transcoder_throttled', 'later', {
      retryAfterSeconds: 170,
    });
    await stage.runJobs('submit-transcode');
    await live(2);
    expect(submissions()).toBe(1);
    stage.coconut.outage = null;
    await live(2);
    expect(submissions()).toBe(2);
    expect(stage.coconut.jobOf(attempt.id)).toBeDefined();
  });

  test('takes what it takes: nothing is lost, nothing fails', async () => {
    const waits = await videos(9, () => waiting(stage));
    let taken = 0;
    stage.coconut.whileSubmitting = async () => {
      taken += 1;
      stage.coconut.outage =
        taken % 3 === 0 ? new TranscoderUnavailable('transcoder_throttled', 'slow down') : null;
    };
    for (let minute = 0; minute < 6; minute += 1) {
      await live(1);
      stage.coconut.outage = null;
    }
    await live(1);
    for (const { videoId } of waits)
      expect(await stage.attempts(videoId)).toMatchObject([{ state: 'RUNNING', failed_before: 0 }]);
    expect(stage.coconut.jobs).toHaveLength(9);
  });
});

test('a provider that is not set up any more keeps its attempts waiting, and says so', async () => {
  const { videoId } = await waiting(stage);
  stage.transcoders.configured = ['ffmpeg'];
  try {
    await live(1);
    expect(await standing()).toMatchObject({
      problem: 'transcoder_refused',
      detail: 'coconut is not set up here',
    });
    expect(await stage.attempts(videoId)).toMatchObject([{ state: 'QUEUED' }]);
  } finally {
    stage.transcoders.configured = ['ffmpeg', 'coconut', 'mediaconvert'];
  }
  stage.passSeconds(300);
  await live(1);
  expect(await stage.openAttempt(videoId)).toMatchObject({ state: 'RUNNING' });
});

test('one provider that is away keeps the other and our own workers going', async () => {
  const { videoId } = await waiting(stage, 'coconut');
  stage.coconut.outage = away();
  await live(1);
  const other = await waiting(stage, 'mediaconvert');
  stage.transcoders.defaultName = 'ffmpeg';
  const own = await stage.probed();
  await stage.runJobs('submit-transcode');
  await stage.runJobs('transcode');
  expect(await stage.openAttempt(videoId)).toMatchObject({ state: 'QUEUED' });
  expect(await stage.openAttempt(other.videoId)).toMatchObject({ state: 'RUNNING' });
  expect(await stage.standing(own.videoId)).toEqual(['READY', null]);
});

test('an end that is told while the provider cannot be asked waits in the inbox, without burning its tries', async () => {
  const { videoId, attempt } = await handedOver(stage);
  const job = stage.coconut.jobOf(attempt.id);
  await stage.coconut.finish(job);
  stage.coconut.outage = away();
  const request = notification({ jobId: attempt.id, providerJobId: job.id, kind: 'ended' });
  await receiveProviderNotification(stage.system(), { provider: 'coconut', request });
  await stage.sql("update provider_events set received_at = now() - interval '2 minutes' where job_id = ?", [
    attempt.id,
  ]);
  await live(30, 1);
  expect(await stage.sql('select outcome from provider_events where job_id = ?', [attempt.id])).toEqual([
    { outcome: null },
  ]);
  expect(await stage.standing(videoId)).toEqual(['TRANSCODING', null]);
  stage.coconut.outage = null;
  await live(2);
  expect(await stage.standing(videoId)).toEqual(['READY', null]);
  expect(await stage.sql('select 1 from dead_letters')).toEqual([]);
});
