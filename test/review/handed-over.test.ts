import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import { transaction } from '#domain/transaction.ts';
import { applyProviderEvent } from '#domain/transcode/apply-provider-event.ts';
import { cancelOpenJob } from '#domain/transcode/cancel-open-job.ts';
import { claimHandover } from '#domain/transcode/handover.ts';
import { receiveProviderNotification } from '#domain/transcode/receive-provider-notification.ts';
import { StorageError } from '#providers/storage/storage-errors.ts';
import { TranscoderUnavailable } from '#providers/transcoders/transcoder.ts';
import { notification } from '#test/domain/scripted-remote.ts';
import { runTask, useStage } from '#test/domain/stage.ts';
import {
  clearPipeline,
  type HandedOverVideo,
  handedOver,
  waiting,
} from '#test/domain/transcode/handed-over.ts';
import { REMOVE_ENDED_ATTEMPTS } from '#worker/presence.ts';

const stage = useStage({ maxActiveJobsPerOwner: 100 });
beforeEach(() => clearPipeline(stage));

test('an attempt for elsewhere that the release before has queued as an encode is handed over', async () => {
  const { videoId, attempt } = await waiting(stage);
  await runTask('transcode', stage.system(), { jobId: attempt.id });
  stage.passSeconds(1);
  await stage.runJobs('submit-transcode');
  expect(await stage.attempts(videoId)).toMatchObject([
    { id: attempt.id, state: 'RUNNING', provider_job_id: 'coconut-1', failed_before: 0 },
  ]);
  expect(stage.coconut.jobs).toHaveLength(1);
});

test('an attempt is not handed over while it is being canceled', async () => {
  const { videoId, attempt } = await waiting(stage);
  const claim = await transaction(stage.system().em, async (tx) => {
    await cancelOpenJob(tx, videoId, stage.now());
    const claiming = claimHandover(stage.system().em, attempt.id);
    await Promise.race([claiming, delay(500)]);
    return { claiming };
  });
  expect(await claim.claiming).toBeNull();
  expect(await stage.attempts(videoId)).toMatchObject([{ state: 'CANCELED', lease_token: null }]);
});

test('a provider that says "try again at once", and never takes anything, is asked less and less often', async () => {
  await waiting(stage);
  stage.coconut.outage = new TranscoderUnavailable('transcoder_throttled', 'later', { retryAfterSeconds: 0 });
  for (let second = 0; second < 60; second += 1) {
    await stage.runJobs('submit-transcode');
    stage.passSeconds(1);
    await stage.runJobs('reconcile');
  }
  expect(stage.coconut.calls.length).toBeLessThanOrEqual(8);
});

test('an event with an id that no database takes is taken once all the same', async () => {
  const { attempt } = await handedOver(stage, 'mediaconvert');
  const event = {
    eventId: 'with a NUL \u0000 in it',
    jobId: attempt.id,
    providerJobId: 'mediaconvert-1',
    kind: 'progress',
    progressPercent: 5,
  } as const;
  for (let time = 0; time < 2; time += 1)
    await receiveProviderNotification(stage.system(), {
      provider: 'mediaconvert',
      request: notification(event),
    });
  const events = await stage.sql<{ id: string }>('select id from provider_events where job_id = ?', [
    attempt.id,
  ]);
  expect(events).toHaveLength(1);
  for (const { id } of events) await applyProviderEvent(stage.system(), { eventId: id });
});

test('a provider that tells of its progress for ever is asked all the same when its time is over', async () => {
  stage.tune({ providerTimeoutSeconds: 3600 });
  const { videoId, attempt } = await handedOver(stage, 'mediaconvert');
  const providerJobId = stage.mediaconvert.jobOf(attempt.id).id;
  for (let time = 1; time <= 7; time += 1) {
    stage.passSeconds(600);
    const progress = { eventId: `p${time}`, jobId: attempt.id, providerJobId, kind: 'progress' } as const;
    const request = notification({ ...progress, progressPercent: time });
    await receiveProviderNotification(stage.system(), { provider: 'mediaconvert', request });
    await stage.runJobs('apply-provider-event');
    await runTask('reconcile', stage.system(), {});
  }
  expect((await stage.attempts(videoId))[0]).toMatchObject({
    state: 'FAILED',
    fail_reason: 'TRANSCODE_TIMEOUT',
  });
});

test('the queue keeps nothing of a hand-over whose worker was killed, and leaves what is still open', async () => {
  const [ended, open] = [await waiting(stage), await waiting(stage)];
  const key = ({ attempt }: HandedOverVideo) => `transcode:${attempt.id}`;
  // As graphile-worker keeps a job that may run once, after the worker that had taken it was given up.
  await stage.sql(
    `update graphile_worker._private_jobs set attempts = max_attempts, updated_at = now() - interval '6 minutes'
     where key in (?, ?)`,
    [key(ended), key(open)],
  );
  await stage.sql(
    "update transcode_jobs set state = 'LOST', finished_at = now() - interval '6 minutes' where id = ?",
    [ended.attempt.id],
  );
  await stage.sql(REMOVE_ENDED_ATTEMPTS);
  const left = await stage.sql<{ key: string }>(
    'select key from graphile_worker._private_jobs where attempts = max_attempts',
  );
  expect(left.map((each) => each.key)).toEqual([key(open)]);
});

test('a provider whose outputs we may never read does not keep a video for ever', async () => {
  stage.tune({ providerTimeoutSeconds: 3600 });
  const { videoId, attempt } = await handedOver(stage);
  await stage.coconut.finish(stage.coconut.jobOf(attempt.id));
  stage.gates.media.get = () => Promise.reject(new StorageError('access_refused', 'not yours'));
  await runTask('reconcile', stage.system(), {});
  expect(await stage.attempts(videoId)).toMatchObject([{ state: 'RUNNING' }]);
  stage.passSeconds(4000);
  await runTask('reconcile', stage.system(), {});
  expect(await stage.attempts(videoId)).toMatchObject([{ state: 'FAILED' }, {}]);
});
