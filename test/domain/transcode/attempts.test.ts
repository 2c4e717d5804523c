import { Logger, runOnce, type TaskList } from 'graphile-worker';
import { afterEach, describe, expect, test } from 'vitest';
import { expireLeases } from '#domain/transcode/expire-leases.ts';
import { claimAttempt, renewLease } from '#domain/transcode/lease.ts';
import { publishVersion } from '#domain/transcode/publish-version.ts';
import { runAttempt } from '#domain/transcode/run-attempt.ts';
import { TranscodeJob } from '#domain/transcode/transcode-job.entity.ts';
import { SourceRejected } from '#providers/transcoders/source-inspector.ts';
import { TranscodeFailure } from '#providers/transcoders/transcoder.ts';
import { waitFor } from '#test/support/conditions.ts';
import { useStage } from '../stage.ts';

const stage = useStage();
afterEach(async () => {
  stage.reset();
  await stage.sql(
    "update transcode_jobs set state = 'CANCELED', finished_at = now() where state in ('QUEUED', 'RUNNING')",
  );
});

const signal = () => new AbortController().signal;
const never = () => new Promise<never>(() => undefined);
const run = (jobId: string, handBack = signal()) => runAttempt(stage.system(), { jobId }, handBack);
const leaseRunsOut = (jobId: string) =>
  stage.sql("update transcode_jobs set lease_until = now() - interval '1 second' where id = ?", [jobId]);
const statesOf = async (videoId: string) => (await stage.attempts(videoId)).map(({ state }) => state);
const deadLettersOf = (videoId: string) =>
  stage.sql<{ task: string; reason: string }>('select task, reason from dead_letters where video_id = ?', [
    videoId,
  ]);

test('an attempt that succeeds makes the video READY, with assets of its version', async () => {
  const { videoId } = await stage.probed();
  const { id, version, output_prefix } = await stage.openAttempt(videoId);
  await run(id);
  expect(await stage.standing(videoId)).toEqual(['READY', null]);
  expect(await stage.row('videos', videoId)).toMatchObject({ current_version: version });
  const assets = await stage.sql(
    'select type, file_key from video_assets where video_id = ? and version = ?',
    [videoId, version],
  );
  expect(assets).toEqual(
    expect.arrayContaining([
      { type: 'HLS_MASTER', file_key: `${output_prefix}master.m3u8` },
      { type: 'HLS_RENDITION', file_key: `${output_prefix}180p/playlist.m3u8` },
    ]),
  );
  expect(await stage.row('transcode_jobs', id)).toMatchObject({ state: 'SUCCEEDED', progress: '100.00' });
});

test('run by two workers at once it is worked on once', async () => {
  const { videoId } = await stage.probed();
  const { id } = await stage.openAttempt(videoId);
  await Promise.all([run(id), run(id), run(id)]);
  expect(stage.transcoder.orders).toHaveLength(1);
  expect(await stage.standing(videoId)).toEqual(['READY', null]);
});

describe('a lease (R6)', () => {
  test('belongs to one: a second claim, a foreign renewal and one that comes too late are refused', async () => {
    const { videoId } = await stage.probed();
    const { id: jobId } = await stage.openAttempt(videoId);
    const [one, two] = [stage.system(), stage.system()];
    const token = (await claimAttempt(one.em, jobId, 45)) ?? '';
    expect(await claimAttempt(two.em, jobId, 45)).toBeNull();
    const renewal = { jobId, leaseSeconds: 45, progressPercent: 10 };
    expect(await renewLease(one.em, { ...renewal, token })).toBe(true);
    expect(await renewLease(two.em, { ...renewal, token: '00000000-0000-7000-8000-000000000000' })).toBe(
      false,
    );
    await leaseRunsOut(jobId);
    expect(await renewLease(one.em, { ...renewal, token })).toBe(false);
  });

  test('is asked for by its token when a version is published', async () => {
    const { videoId } = await stage.probed();
    const { id: jobId } = await stage.openAttempt(videoId);
    const token = await claimAttempt(stage.system().em, jobId, 45);
    const job = await stage.system().em.findOneOrFail(TranscodeJob, { id: jobId });
    const output = await stage.transcoder.make(job.order());
    const publish = (leaseToken: string | null) =>
      publishVersion(stage.system(), { jobId, leaseToken, output });
    await expect(publish('00000000-0000-7000-8000-000000000000')).rejects.toMatchObject({
      name: 'LeaseLost',
    });
    expect(await stage.standing(videoId)).toEqual(['TRANSCODING', null]);
    await publish(token);
    expect(await stage.standing(videoId)).toEqual(['READY', null]);
  });

  test('progress never goes back', async () => {
    const { videoId } = await stage.probed();
    const { id: jobId } = await stage.openAttempt(videoId);
    const token = (await claimAttempt(stage.system().em, jobId, 45)) ?? '';
    for (const progressPercent of [30, 10])
      await renewLease(stage.system().em, { jobId, token, leaseSeconds: 45, progressPercent });
    expect(await stage.row('transcode_jobs', jobId)).toMatchObject({ progress: '30.00' });
  });

  test('one who lost it publishes nothing, and his successor writes under a prefix of its own', async () => {
    const { videoId } = await stage.probed();
    const first = await stage.openAttempt(videoId);
    const token = await claimAttempt(stage.system().em, first.id, 45);
    const job = await stage.system().em.findOneOrFail(TranscodeJob, { id: first.id });
    const output = await stage.transcoder.make(job.order());
    await leaseRunsOut(first.id);
    expect(await expireLeases(stage.system())).toBe(1);
    expect(await statesOf(videoId)).toEqual(['LOST', 'QUEUED']);
    const second = await stage.openAttempt(videoId);
    expect(second.output_prefix).not.toBe(first.output_prefix);
    expect(second.failed_before).toBe(0);
    const publishing = publishVersion(stage.system(), { jobId: first.id, leaseToken: token, output });
    await expect(publishing).rejects.toMatchObject({ name: 'LeaseLost' });
    await run(second.id);
    expect(await stage.row('videos', videoId)).toMatchObject({
      status: 'READY',
      current_version: second.version,
    });
  });

  test('a worker whose lease is gone stops its transcoder and writes nothing', async () => {
    const { videoId } = await stage.probed();
    const { id } = await stage.openAttempt(videoId);
    stage.transcoder.script.push(never);
    const running = run(id);
    await waitFor('the order', async () => stage.transcoder.orders.length === 1);
    await leaseRunsOut(id);
    await expireLeases(stage.system());
    await running;
    expect(stage.transcoder.canceled).toHaveLength(1);
    expect(await statesOf(videoId)).toEqual(['LOST', 'QUEUED']);
  });

  test('is kept while the output is verified', async () => {
    stage.tune({ leaseDeadSeconds: 2, leaseBeatSeconds: 0.5 });
    const { videoId } = await stage.probed();
    const { id } = await stage.openAttempt(videoId);
    const listing = Promise.withResolvers<void>();
    stage.gates.media.get = () => listing.promise;
    const running = run(id);
    const leaseOf = async () => new Date((await stage.openAttempt(videoId)).lease_until ?? 0).getTime();
    const claimed = await waitFor('the claim', async () => (await leaseOf()) || undefined);
    await waitFor('the lease to outlive its first length', async () => (await leaseOf()) > claimed + 2000);
    expect(await expireLeases(stage.system())).toBe(0);
    listing.resolve();
    await running;
    expect(await stage.standing(videoId)).toEqual(['READY', null]);
  });

  test('two reconcilers replace a lost attempt once', async () => {
    const { videoId } = await stage.probed();
    const { id } = await stage.openAttempt(videoId);
    await claimAttempt(stage.system().em, id, 45);
    await leaseRunsOut(id);
    const replaced = await Promise.all([expireLeases(stage.system()), expireLeases(stage.system())]);
    expect(replaced.reduce((sum, n) => sum + n, 0)).toBe(1);
    expect(await statesOf(videoId)).toEqual(['LOST', 'QUEUED']);
  });

  test('five workers lost in a row blame the source, and the owner is told', async () => {
    const { videoId } = await stage.probed();
    for (let i = 0; i < 5; i += 1) {
      const { id } = await stage.openAttempt(videoId);
      await claimAttempt(stage.system().em, id, 45);
      await leaseRunsOut(id);
      await expireLeases(stage.system());
    }
    expect(await statesOf(videoId)).toEqual(['LOST', 'LOST', 'LOST', 'LOST', 'FAILED']);
    expect(await stage.standing(videoId)).toEqual(['FAILED', 'WORKER_LOST']);
    expect(await deadLettersOf(videoId)).toEqual([{ task: 'transcode', reason: 'WORKER_LOST' }]);
  });

  test('four lost, one handed back, one lost blame nobody', async () => {
    const { videoId } = await stage.probed();
    const lose = async () => {
      const { id } = await stage.openAttempt(videoId);
      await claimAttempt(stage.system().em, id, 45);
      await leaseRunsOut(id);
      await expireLeases(stage.system());
    };
    for (let i = 0; i < 4; i += 1) await lose();
    const stop = new AbortController();
    stage.transcoder.script.push(() => {
      stop.abort();
      return never();
    });
    await run((await stage.openAttempt(videoId)).id, stop.signal);
    await lose();
    expect(await stage.standing(videoId)).toEqual(['TRANSCODING', null]);
  });
});

describe('handing back (R7)', () => {
  test('four times, and the fifth attempt still makes it READY, with no failure counted', async () => {
    const { videoId } = await stage.probed();
    for (let i = 0; i < 4; i += 1) {
      const stop = new AbortController();
      const working = Promise.withResolvers<void>();
      stage.transcoder.script.push(() => {
        working.resolve();
        return never();
      });
      const attempt = await stage.openAttempt(videoId);
      const running = run(attempt.id, stop.signal);
      await working.promise;
      stop.abort();
      await running;
    }
    expect(await statesOf(videoId)).toEqual([...Array(4).fill('HANDED_BACK'), 'QUEUED']);
    const last = await stage.openAttempt(videoId);
    expect(last.failed_before).toBe(0);
    expect(new Date(last.run_at).getTime()).toBeLessThanOrEqual(Date.now());
    expect(await stage.queue('transcode', { jobId: last.id })).toHaveLength(1);
    expect(stage.transcoder.canceled).toHaveLength(4);
    await run(last.id);
    expect(await stage.standing(videoId)).toEqual(['READY', null]);
  });

  test('a worker that is stopping does not empty the queue: what it takes goes back', async () => {
    const videos = [await stage.probed(), await stage.probed(), await stage.probed()];
    const taskList: TaskList = {
      transcode: (payload) => runAttempt(stage.system(), payload as { jobId: string }, AbortSignal.abort()),
    };
    const logger = new Logger(() => () => undefined);
    await runOnce({ connectionString: stage.platform.database.url, taskList, noHandleSignals: true, logger });
    for (const { videoId } of videos) {
      const { id, failed_before, state } = await stage.openAttempt(videoId);
      expect([state, failed_before]).toEqual(['QUEUED', 0]);
      expect(await stage.queue('transcode', { jobId: id })).toHaveLength(1);
    }
    expect(stage.transcoder.orders).toEqual([]);
  });
});

describe('failing', () => {
  const fails = (error: Error) => stage.transcoder.script.push(() => Promise.reject(error));

  test('three times with a growing wait ends the video and is kept as a dead letter', async () => {
    const { videoId } = await stage.probed();
    const waits: number[] = [];
    for (let i = 0; i < 3; i += 1) {
      expect(await stage.standing(videoId)).toEqual(['TRANSCODING', null]);
      const attempt = await stage.openAttempt(videoId);
      expect(attempt.failed_before).toBe(i);
      waits.push(Math.round((new Date(attempt.run_at).getTime() - Date.now()) / 1000));
      fails(new TranscodeFailure('TRANSCODE_ERROR', `try ${i}`));
      await run(attempt.id);
    }
    expect(waits).toEqual([expect.closeTo(0, -1), expect.closeTo(10, -1), expect.closeTo(20, -1)]);
    expect(await statesOf(videoId)).toEqual(['FAILED', 'FAILED', 'FAILED']);
    expect(await stage.standing(videoId)).toEqual(['FAILED', 'TRANSCODE_ERROR']);
    expect(await deadLettersOf(videoId)).toEqual([{ task: 'transcode', reason: 'TRANSCODE_ERROR' }]);
    const prefixes = (await stage.attempts(videoId)).map(({ output_prefix }) => output_prefix);
    expect(new Set(prefixes).size).toBe(3);
  });

  test('a failed attempt waits in the queue for its time', async () => {
    const { videoId } = await stage.probed();
    fails(new TranscodeFailure('TRANSCODE_ERROR', 'once'));
    await run((await stage.openAttempt(videoId)).id);
    const next = await stage.openAttempt(videoId);
    const [job] = await stage.queue('transcode', { jobId: next.id });
    expect(new Date(job?.runAt ?? 0).getTime()).toBeGreaterThan(Date.now() + 5000);
    expect(await expireLeases(stage.system())).toBe(0);
  });

  test.each(['SOURCE_TRUNCATED', 'SOURCE_NOT_VIDEO', 'SOURCE_CHANGED'] as const)(
    '%s is never tried again',
    async (code) => {
      const { videoId } = await stage.probed();
      fails(new SourceRejected(code, 'at fault'));
      await run((await stage.openAttempt(videoId)).id);
      expect(await statesOf(videoId)).toEqual(['FAILED']);
      expect(await stage.standing(videoId)).toEqual(['FAILED', code]);
    },
  );

  test('an output that is not whole is a failed attempt', async () => {
    const { videoId } = await stage.probed();
    stage.transcoder.script.push(async (order) => {
      const output = await stage.transcoder.make(order);
      await stage.system().storage.media.deleteMany([`${order.outputPrefix}180p/seg-1.m4s`]);
      return output;
    });
    const { id } = await stage.openAttempt(videoId);
    await run(id);
    expect(await stage.row('transcode_jobs', id)).toMatchObject({
      state: 'FAILED',
      fail_reason: 'TRANSCODE_ERROR',
      fail_detail: expect.stringContaining('seg-1.m4s'),
    });
    expect(await stage.standing(videoId)).toEqual(['TRANSCODING', null]);
  });
});
