import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pausePipeline } from '#domain/operations/pause-pipeline.ts';
import { reconcile } from '#domain/operations/reconcile.ts';
import { resumePipeline } from '#domain/operations/resume-pipeline.ts';
import { showPipeline } from '#domain/operations/show-pipeline.ts';
import { throttlePipeline } from '#domain/operations/throttle-pipeline.ts';
import { claimAttempt } from '#domain/transcode/lease.ts';
import { TranscodeFailure } from '#providers/transcoders/transcoder.ts';
import { userActor } from '#test/support/platform.ts';
import { runTask, useStage } from '../stage.ts';

const stage = useStage({ maxActiveJobsPerOwner: 100 });
const pause = (input = {}) => pausePipeline(stage.system(), input);
const resume = (input = {}) => resumePipeline(stage.system(), input);
beforeEach(async () => {
  await stage.sql(
    "update transcode_jobs set state = 'CANCELED', finished_at = now() where state in ('QUEUED', 'RUNNING')",
  );
  await stage.sql('delete from graphile_worker._private_jobs');
});
afterEach(async () => {
  stage.reset();
  await resume();
});

describe('while the pipeline is paused', () => {
  test('what was queued is not begun, not even by a worker that has it in hand, and begins after the resume', async () => {
    const { videoId } = await stage.probed();
    const { id: jobId } = await stage.openAttempt(videoId);
    expect((await pause()).takenBack).toBe(1);
    expect(await stage.queue('transcode')).toEqual([]);
    expect(await claimAttempt(stage.system().em, jobId, 45)).toBeNull();
    await runTask('transcode', stage.system(), { jobId });
    await reconcile(stage.system());
    expect(await stage.openAttempt(videoId)).toMatchObject({
      id: jobId,
      state: 'QUEUED',
      dispatched_at: null,
    });
    expect(stage.transcoder.orders).toEqual([]);
    await resume();
    await stage.runJobs('transcode');
    expect(await stage.standing(videoId)).toEqual(['READY', null]);
    expect(await stage.attempts(videoId)).toHaveLength(1);
  });

  test('a claim and a pause at the same moment agree: begun and left alone, or taken back and not begun', async () => {
    for (let round = 0; round < 8; round += 1) {
      const { videoId } = await stage.probed();
      const { id } = await stage.openAttempt(videoId);
      const [token] = await Promise.all([claimAttempt(stage.system().em, id, 45), pause()]);
      const attempt = await stage.openAttempt(videoId);
      expect(attempt.state === 'RUNNING').toBe(token !== null);
      expect(attempt.dispatched_at === null).toBe(token === null);
      await resume();
    }
  });

  test('no source is looked at; the probe waits and comes with the resume', async () => {
    const { videoId } = await stage.uploaded();
    await pause();
    await stage.runJobs('probe-source');
    expect(stage.inspector.looks).toBe(0);
    expect(await stage.standing(videoId)).toEqual(['UPLOADED', null]);
    const [probe] = await stage.queue('probe-source', { videoId });
    expect(new Date(probe?.runAt ?? 0).getUTCFullYear()).toBe(9999);
    await reconcile(stage.system());
    expect(await stage.queue('probe-source', { videoId })).toHaveLength(1);
    expect((await resume()).woken).toBe(1);
    await stage.runJobs('probe-source');
    expect(await stage.standing(videoId)).toEqual(['TRANSCODING', null]);
  });

  test('a probe of an older source does not push out that of a newer one', async () => {
    const first = await stage.uploaded();
    const [old] = await stage.queue('probe-source');
    await stage.sql('delete from graphile_worker._private_jobs');
    await pause();
    await stage.sql("update videos set source_file_key = 'uploads/newer' where id = ?", [first.videoId]);
    await runTask('probe-source', stage.system(), old?.payload ?? {});
    expect(await stage.queue('probe-source')).toEqual([]);
  });

  test('an attempt that fails, and one whose worker is stopped, start anew only after the resume', async () => {
    const failing = await stage.probed();
    stage.transcoder.script.push(() => Promise.reject(new TranscodeFailure('TRANSCODE_ERROR', 'no')));
    const { id } = await stage.openAttempt(failing.videoId);
    await claimAttempt(stage.system().em, id, -1);
    await pause();
    await reconcile(stage.system());
    const next = await stage.openAttempt(failing.videoId);
    expect(next).toMatchObject({ state: 'QUEUED', dispatched_at: null });
    expect(next.id).not.toBe(id);
    await resume();
    expect(await stage.queue('transcode', { jobId: next.id })).toHaveLength(1);
  });

  test('what is at work goes on and may publish; with --hand-back it stops and starts anew, uncounted', async () => {
    const goesOn = await stage.atWork();
    expect((await pause({ reason: 'first look' })).stillRunning).toBe(1);
    await goesOn.finish();
    expect(await stage.standing(goesOn.videoId)).toEqual(['READY', null]);
    await resume();

    const stopped = await stage.atWork();
    const paused = await pause({ handBack: true });
    expect(paused).toMatchObject({ handedBack: [stopped.videoId], stillRunning: 0 });
    await stopped.finish();
    expect(await stage.attempts(stopped.videoId)).toMatchObject([
      { id: stopped.jobId, state: 'HANDED_BACK' },
      { state: 'QUEUED', dispatched_at: null, failed_before: 0 },
    ]);
    expect(await stage.standing(stopped.videoId)).toEqual(['TRANSCODING', null]);
    await resume();
    await stage.runJobs('transcode');
    expect(await stage.standing(stopped.videoId)).toEqual(['READY', null]);
  });

  test('a provider elsewhere is handed nothing', async () => {
    stage.transcoders.defaultName = 'coconut';
    try {
      const { videoId } = await stage.probed();
      await pause();
      await stage.runJobs('submit-transcode');
      await reconcile(stage.system());
      expect(stage.coconut.calls).not.toContain('submit');
      await resume();
      await stage.runJobs('submit-transcode');
      expect((await stage.openAttempt(videoId)).state).toBe('RUNNING');
    } finally {
      stage.transcoders.defaultName = 'ffmpeg';
    }
  });
});

test('paused twice is paused once, since the first time; the newer reason holds', async () => {
  const first = await pause({ reason: 'a look' });
  stage.passSeconds(60);
  expect(await pause()).toMatchObject({ wasPaused: true, pausedAt: first.pausedAt, reason: 'a look' });
  expect(await pause({ reason: 'worse' })).toMatchObject({ pausedAt: first.pausedAt, reason: 'worse' });
  expect(await showPipeline(stage.system())).toMatchObject({ pausedAt: first.pausedAt, reason: 'worse' });
  expect(await resume()).toMatchObject({ wasPaused: true });
  expect(await resume()).toMatchObject({ wasPaused: false });
});

test('a resume that died between its steps is made up for by the reconciler', async () => {
  const { videoId } = await stage.uploaded();
  await pause();
  await stage.runJobs('probe-source');
  await stage.sql('update pipeline_control set paused_at = null');
  await reconcile(stage.system());
  await stage.runJobs('probe-source');
  expect(await stage.standing(videoId)).toEqual(['TRANSCODING', null]);
});

describe('a throttle', () => {
  const opened = async () =>
    (
      await stage.sql<{ id: string }>(
        "select id from transcode_jobs where state in ('QUEUED', 'RUNNING') and dispatched_at is not null order by created_at",
      )
    ).map(({ id }) => id);

  test('lets so many be open at once: the newest go back, and each end lets the next one in', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 4; i += 1) ids.push((await stage.openAttempt((await stage.probed()).videoId)).id);
    expect(await throttlePipeline(stage.system(), { maxOpenAttempts: 2 })).toMatchObject({ takenBack: 2 });
    expect(await opened()).toEqual(ids.slice(0, 2));
    await runTask('transcode', stage.system(), { jobId: ids[0] ?? '' });
    expect(await opened()).toEqual(ids.slice(1, 3));
    expect(await throttlePipeline(stage.system(), { maxOpenAttempts: 3 })).toMatchObject({ takenBack: 0 });
    expect(await opened()).toEqual(ids.slice(1));
  });

  test('counts what is at work and leaves it there', async () => {
    const running = await stage.atWork();
    const waiting = await stage.openAttempt((await stage.probed()).videoId);
    await throttlePipeline(stage.system(), { maxOpenAttempts: 1 });
    expect(await opened()).toEqual([running.jobId]);
    await running.finish();
    expect(await opened()).toEqual([waiting.id]);
  });

  test('outlives a pause when it is to, and goes with the resume otherwise', async () => {
    await throttlePipeline(stage.system(), { maxOpenAttempts: 1 });
    for (let i = 0; i < 3; i += 1) await stage.probed();
    await pause();
    expect(await opened()).toEqual([]);
    expect(await resume({ keepThrottle: true })).toMatchObject({ maxOpenAttempts: 1 });
    expect(await opened()).toHaveLength(1);
    expect(await resume()).toMatchObject({ maxOpenAttempts: null });
    expect(await opened()).toHaveLength(3);
  });

  test.each([0, -1, 1.5, 10_001])('of %d is none', async (maxOpenAttempts) => {
    await expect(throttlePipeline(stage.system(), { maxOpenAttempts })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });
});

test('steering is for operators', async () => {
  const owner = stage.platform.context(userActor());
  for (const verb of [
    () => pausePipeline(owner, {}),
    () => resumePipeline(owner),
    () => throttlePipeline(owner, { maxOpenAttempts: 1 }),
    () => showPipeline(owner),
  ])
    await expect(verb()).rejects.toMatchObject({ code: 'forbidden' });
  expect(await showPipeline(stage.system())).toMatchObject({ pausedAt: null, maxOpenAttempts: null });
});
