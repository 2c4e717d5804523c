import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { reconcile } from '#domain/operations/reconcile.ts';
import { receiveProviderNotification } from '#domain/transcode/receive-provider-notification.ts';
import { StorageError } from '#providers/storage/storage-errors.ts';
import type { ProviderNotification } from '#providers/transcoders/transcoder.ts';
import { notification } from '../scripted-remote.ts';
import { useStage } from '../stage.ts';
import { clearPipeline, handedOver, waiting } from './handed-over.ts';

const stage = useStage();
afterEach(() => clearPipeline(stage));

type Told = Partial<ProviderNotification> & Pick<ProviderNotification, 'jobId' | 'providerJobId' | 'kind'>;
const receive = (told: Told) =>
  receiveProviderNotification(stage.system(), { provider: 'coconut', request: notification(told) });
const apply = () => stage.runJobs('apply-provider-event');
const tell = async (told: Told) => {
  await receive(told);
  await apply();
};
const outcomesOf = async (jobId: string) =>
  (
    await stage.sql<{ outcome: string | null }>(
      'select outcome from provider_events where job_id = ? order by received_at',
      [jobId],
    )
  ).map(({ outcome }) => outcome);

async function running() {
  const { videoId, attempt } = await handedOver(stage);
  const job = stage.coconut.jobOf(attempt.id);
  return { videoId, attempt, job, about: { jobId: attempt.id, providerJobId: job.id } };
}

test('the end that is told is asked for, and published', async () => {
  const { videoId, attempt, job, about } = await running();
  await stage.coconut.finish(job);
  await tell({ ...about, kind: 'ended' });
  expect(await stage.row('videos', videoId)).toMatchObject({
    status: 'READY',
    current_version: attempt.version,
  });
  expect(await outcomesOf(attempt.id)).toEqual(['published']);
});

test('an end that the provider does not confirm moves nothing, and the provider is asked again in the next round', async () => {
  const { videoId, attempt, job, about } = await running();
  await tell({ ...about, kind: 'ended' });
  expect(await stage.openAttempt(videoId)).toMatchObject({ id: attempt.id, state: 'RUNNING' });
  expect(await outcomesOf(attempt.id)).toEqual(['refused: the transcoder says that it runs']);
  await stage.coconut.finish(job);
  await reconcile(stage.system());
  expect(await stage.standing(videoId)).toEqual(['READY', null]);
});

describe('progress', () => {
  test('never goes back and never says that it is over', async () => {
    const { videoId, attempt, about } = await running();
    for (const [progressPercent, shown] of [
      [30, '30.00'],
      [10, '30.00'],
      [100, '99.00'],
      [null, '99.00'],
    ] as const) {
      await tell({ ...about, kind: 'progress', progressPercent });
      expect(await stage.openAttempt(videoId)).toMatchObject({ id: attempt.id, progress: shown });
    }
  });

  test('is word of the provider, which is then not asked', async () => {
    const { about } = await running();
    stage.passSeconds(120);
    await tell({ ...about, kind: 'progress', progressPercent: 30 });
    await reconcile(stage.system());
    expect(stage.coconut.calls).not.toContain('status');
  });
});

describe('again, late, and of somebody else', () => {
  test('the same event is one, by its id or by its body', async () => {
    const { attempt, about } = await running();
    const eventId = randomUUID();
    for (let time = 0; time < 3; time += 1) await tell({ ...about, kind: 'progress', eventId });
    for (let time = 0; time < 3; time += 1) await tell({ ...about, kind: 'progress', progressPercent: 5 });
    expect(await outcomesOf(attempt.id)).toEqual(['progress', 'progress']);
  });

  test('an event of an attempt that has ended moves nothing', async () => {
    const { videoId, attempt, job, about } = await running();
    await stage.coconut.finish(job);
    await tell({ ...about, kind: 'ended' });
    await tell({ ...about, kind: 'ended', eventId: 'again' });
    await tell({ ...about, kind: 'progress', progressPercent: 3 });
    expect(await outcomesOf(attempt.id)).toEqual(['published', 'late', 'late']);
    expect(await stage.row('transcode_jobs', attempt.id)).toMatchObject({ progress: '100.00' });
    expect(await stage.standing(videoId)).toEqual(['READY', null]);
  });

  test('another job of the provider is not taken for the one that the attempt has', async () => {
    const { videoId, attempt, job } = await running();
    await stage.coconut.finish(job);
    await tell({ jobId: attempt.id, providerJobId: 'another', kind: 'ended' });
    expect(await outcomesOf(attempt.id)).toEqual(['refused: the attempt has another job there']);
    expect(await stage.standing(videoId)).toEqual(['TRANSCODING', null]);
  });

  test.each([
    ['an attempt that never was', randomUUID()],
    ['a name that is no id of ours', 'x'.repeat(300)],
  ])('%s is passed over', async (_, jobId) => {
    const before = await stage.sql('select 1 from provider_events');
    await receive({ jobId, providerJobId: 'coconut-1', kind: 'ended' });
    expect(await stage.sql('select 1 from provider_events')).toHaveLength(before.length);
  });

  test('an attempt at another transcoder is none of this one', async () => {
    const { attempt } = await handedOver(stage, 'mediaconvert');
    await receive({ jobId: attempt.id, providerJobId: 'coconut-1', kind: 'ended' });
    expect(await outcomesOf(attempt.id)).toEqual([]);
  });
});

test('an attempt that is still in the queue is taken over by a job that names it', async () => {
  const { videoId, attempt } = await waiting(stage);
  await tell({ jobId: attempt.id, providerJobId: 'coconut-9', kind: 'progress', progressPercent: 4 });
  await stage.runJobs('submit-transcode');
  expect(stage.coconut.jobs).toEqual([]);
  expect(await stage.openAttempt(videoId)).toMatchObject({ state: 'RUNNING', provider_job_id: 'coconut-9' });
});

test('webhooks and reconcilers at the same moment publish once', async () => {
  const { videoId, job, about } = await running();
  await stage.coconut.finish(job);
  for (const eventId of ['a', 'b', 'c'])
    await receive({ ...about, kind: 'ended', eventId: `${job.id}${eventId}` });
  await Promise.all([apply(), apply(), apply(), reconcile(stage.system()), reconcile(stage.system())]);
  expect(await stage.standing(videoId)).toEqual(['READY', null]);
  expect(
    await stage.sql("select 1 from video_assets where video_id = ? and type = 'HLS_MASTER'", [videoId]),
  ).toHaveLength(1);
});

test('storage that is away leaves the event in the inbox, and nothing fails by it', async () => {
  const { videoId, attempt, job, about } = await running();
  await stage.coconut.finish(job);
  stage.gates.media.get = () => Promise.reject(new StorageError('unavailable', 'away'));
  await tell({ ...about, kind: 'ended' });
  expect(await outcomesOf(attempt.id)).toEqual([null]);
  delete stage.gates.media.get;
  await stage.sql("update provider_events set received_at = now() - interval '2 minutes' where job_id = ?", [
    attempt.id,
  ]);
  await reconcile(stage.system());
  await apply();
  expect(await stage.standing(videoId)).toEqual(['READY', null]);
  // The reconciler was quicker.
  expect(await outcomesOf(attempt.id)).toEqual(['late']);
});

test('what is kept of a notification is no address and no secret', async () => {
  const { attempt, about } = await running();
  await receive({ ...about, kind: 'progress', progressPercent: 7 });
  const [row] = await stage.sql('select body from provider_events where job_id = ?', [attempt.id]);
  expect(row).toEqual({ body: { kind: 'progress', providerJobId: about.providerJobId, progressPercent: 7 } });
});
