import { describe, expect, test } from 'vitest';
import { makeClip } from '#test/support/clips.ts';
import { waitFor } from '#test/support/conditions.ts';
import { queueRowOf, rowsOf, untilAttempt, untilEncoding } from './attempts.ts';
import { type Deployment, openDeployment } from './deployment.ts';
import { untilNoEncoder } from './worker-process.ts';

/** The shortest lease that can be set: what is shown does not depend on its length. */
const SHORT_LEASE = { TRANSCODE_LEASE_SECONDS: '9' };

describe.concurrent('a worker is lost', { timeout: 300_000 }, () => {
  test('killed with -9 in mid-encode, another has the job within a minute, under a prefix of its own, and the first prefix is swept', async () => {
    // No lease of our own: this is the promise as shipped.
    await using deployment = await openDeployment();
    const { databaseUrl, owner } = deployment;
    const workers = await Promise.all([deployment.startWorker(), deployment.startWorker()]);
    const { videoId } = await deployment.uploadAndEncode();
    const isAtWork = await Promise.all(workers.map(async (worker) => (await worker.encoders()).length > 0));
    const [doomed, heir] = isAtWork[0] ? workers : [workers[1], workers[0]];
    const [killed] = await rowsOf<{ at: Date }>(databaseUrl, 'select now() as at');
    doomed.signal('SIGKILL');
    await doomed.ended;
    await untilNoEncoder(doomed);

    const next = await untilAttempt(databaseUrl, videoId, 2, ['RUNNING', 'SUCCEEDED']);
    const waitedMs = Number(next.started_at) - Number(killed?.at);
    expect(waitedMs).toBeGreaterThan(0);
    expect(waitedMs).toBeLessThan(60_000);
    const streamPath = await owner.untilReady(videoId);
    const [lost, done, ...more] = await deployment.attempts(videoId);
    expect(more).toEqual([]);
    expect(lost).toMatchObject({ state: 'LOST', failed_before: 0, fail_reason: null, lease_token: null });
    expect(done).toMatchObject({ state: 'SUCCEEDED', failed_before: 0 });
    expect(done?.output_prefix).not.toBe(lost?.output_prefix);
    expect(streamPath).toContain(done?.version);

    // A quarter of an hour later, as far as the rows know.
    await rowsOf(
      databaseUrl,
      `update transcode_jobs set sweep_at = now() - interval '1 second', finished_at = now() - interval '20 minutes'
       where id = $1`,
      [lost?.id],
    );
    await reconcileNow(deployment);
    await waitFor(
      'the lost prefix to be swept',
      async () => (await deployment.attempts(videoId))[0]?.swept_at,
      {
        timeoutMs: 60_000,
      },
    );
    expect(await deployment.objects(lost?.output_prefix ?? '')).toEqual({});
    await waitFor(
      'the queue to forget the lost attempt',
      async () => !(await queueRowOf(databaseUrl, lost?.id ?? '')),
      { timeoutMs: 60_000 },
    );
    expect(await owner.play(streamPath)).toBeGreaterThan(10);
    expect(heir.isOver()).toBe(false);
  });

  test('stopped in mid-encode and woken while another encodes, it touches nothing of the other, ends its FFmpeg and serves on', async () => {
    await using deployment = await openDeployment(SHORT_LEASE);
    const { databaseUrl, owner } = deployment;
    const sleeper = await deployment.startWorker();
    const { videoId, attempt: old } = await deployment.uploadAndEncode();
    // As a machine that sleeps does, FFmpeg and all.
    const asleep = [sleeper.pid, ...(await sleeper.encoders())];
    for (const pid of asleep) process.kill(pid, 'SIGSTOP');
    const heir = await deployment.startWorker();
    const current = await untilEncoding(databaseUrl, videoId, 2);
    // The new attempt is held where it is, so that whatever changes is the sleeper's doing.
    const [encoder = 0] = await heir.encoders();
    await waitFor(
      'segments of the new attempt',
      async () => Object.keys(await deployment.objects(current.output_prefix)).length > 0,
      { timeoutMs: 60_000 },
    );
    process.kill(encoder, 'SIGSTOP');
    const before = await stateOf(deployment, videoId);

    for (const pid of asleep) process.kill(pid, 'SIGCONT');
    await untilNoEncoder(sleeper);
    await waitFor('the sleeper to close its own job', async () => !(await queueRowOf(databaseUrl, old.id)), {
      timeoutMs: 60_000,
    });
    expect(await sleeper.leftovers()).toEqual([]);
    // It was ended, not let run to its end.
    expect(Object.keys(await deployment.objects(old.output_prefix))).not.toContain(
      `${old.output_prefix}master.m3u8`,
    );
    const after = await stateOf(deployment, videoId);
    expect(after.attempts).toEqual(before.attempts);
    expect(after.queue).toEqual(before.queue);
    expect(after.objects).toMatchObject(before.objects);

    process.kill(encoder, 'SIGCONT');
    const streamPath = await owner.untilReady(videoId);
    expect(streamPath).toContain(current.version);
    expect((await deployment.attempts(videoId)).map(({ state }) => state)).toEqual(['LOST', 'SUCCEEDED']);
    expect(await owner.play(streamPath)).toBeGreaterThan(10);

    heir.signal('SIGTERM');
    expect(await heir.ended).toEqual({ code: 0, signal: null });
    await owner.untilReady(await owner.upload(await makeClip('one-second')));
    expect(sleeper.isOver()).toBe(false);
  });

  test('stopped in mid-encode and woken when another has published, it changes nothing', async () => {
    await using deployment = await openDeployment(SHORT_LEASE);
    const { databaseUrl, owner } = deployment;
    const sleeper = await deployment.startWorker();
    const { videoId, attempt: old } = await deployment.uploadAndEncode();
    sleeper.signal('SIGSTOP');
    await deployment.startWorker();
    const streamPath = await owner.untilReady(videoId);
    const before = await stateOf(deployment, videoId);

    sleeper.signal('SIGCONT');
    await untilNoEncoder(sleeper);
    await waitFor('the sleeper to close its own job', async () => !(await queueRowOf(databaseUrl, old.id)), {
      timeoutMs: 60_000,
    });
    expect(await stateOf(deployment, videoId)).toEqual(before);
    expect(await owner.play(streamPath)).toBeGreaterThan(10);
  });

  test('stopped while it looks at a source, another looks at it, and the first adds nothing when it wakes', async () => {
    await using deployment = await openDeployment();
    const { databaseUrl, owner } = deployment;
    const sleeper = await deployment.startWorker();
    const clip = await makeClip('one-second');
    const videoId = await owner.upload(clip);
    const probe = () =>
      rowsOf<{ locked_by: string | null }>(
        databaseUrl,
        'select locked_by from graphile_worker.jobs where key = $1',
        [`probe:${videoId}`],
      );
    await waitFor('the probe to begin', async () => (await probe())[0]?.locked_by, { everyMs: 5 });
    sleeper.signal('SIGSTOP');
    expect(await probe()).toHaveLength(1);
    const other = await deployment.startWorker();
    const streamPath = await owner.untilReady(videoId);
    other.signal('SIGTERM');
    const before = await stateOf(deployment, videoId);
    sleeper.signal('SIGCONT');
    await other.ended;
    await owner.untilReady(await owner.upload(clip));
    expect(await stateOf(deployment, videoId)).toEqual(before);
    expect(await owner.play(streamPath)).toBeGreaterThan(5);
    expect(sleeper.isOver()).toBe(false);
  });

  test('FFmpeg killed with -9 in mid-encode is a failed attempt, and the next one makes the video READY', async () => {
    await using deployment = await openDeployment();
    const { owner } = deployment;
    const worker = await deployment.startWorker();
    const { videoId } = await deployment.uploadAndEncode();
    for (const pid of await worker.encoders()) process.kill(pid, 'SIGKILL');

    const streamPath = await owner.untilReady(videoId);
    const [failed, done, ...more] = await deployment.attempts(videoId);
    expect(more).toEqual([]);
    expect(failed).toMatchObject({ state: 'FAILED', fail_reason: 'TRANSCODE_ERROR', failed_before: 0 });
    expect(done).toMatchObject({ state: 'SUCCEEDED', failed_before: 1 });
    expect(streamPath).toContain(done?.version);
    expect(await worker.leftovers()).toEqual([]);
  });
});

/** Everything that a stale worker could spoil. Times and progress of a live lease move by themselves. */
async function stateOf(deployment: Deployment, videoId: string) {
  const current = (await deployment.attempts(videoId)).at(-1);
  const { databaseUrl } = deployment;
  const beating = ['lease_until', 'updated_at', 'progress'];
  const attempts = (await deployment.attempts(videoId)).map((attempt) =>
    Object.fromEntries(Object.entries(attempt).filter(([name]) => !beating.includes(name))),
  );
  return {
    attempts,
    video: await rowsOf(databaseUrl, 'select * from videos where id = $1', [videoId]),
    assets: await rowsOf(databaseUrl, 'select * from video_assets where video_id = $1 order by id', [
      videoId,
    ]),
    queue: await queueRowOf(databaseUrl, current?.id ?? ''),
    objects: await deployment.objects(current?.output_prefix ?? 'none'),
  };
}

async function reconcileNow({ platform }: Deployment): Promise<void> {
  const { em, enqueue } = platform.context({ kind: 'system' });
  await em.transactional((tx) => enqueue(tx, 'reconcile', {}, { key: 'reconcile:test' }));
}
