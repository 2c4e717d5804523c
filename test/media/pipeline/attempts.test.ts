import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { makeClip } from '#test/support/clips.ts';
import { waitFor } from '#test/support/conditions.ts';
import { type Pipeline, startPipeline } from '#test/support/pipeline.ts';
import { createTestPlatform, type TestPlatform, type TestPlatformOptions } from '#test/support/platform.ts';
import { startWorker, type Worker } from '#worker/start-worker.ts';
import { processesNaming } from '../ffmpeg/child-processes.ts';
import { fetchStream } from './published-stream.ts';
import { storageAway, troubledStorage } from './troubled-storage.ts';

interface Attempt {
  readonly id: string;
  readonly state: string;
  readonly failed_before: number;
  readonly version: string;
  readonly output_prefix: string;
}

const trouble = troubledStorage();
let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await startPipeline({
    withWorker: false,
    env: { TRANSCODE_CONCURRENCY: '2' },
    replace: (shared) => ({
      ...trouble.replace(shared),
      settings: { ...shared.settings, transcodeRetrySeconds: 0.1 },
    }),
  });
});
const workers: Worker[] = [];
afterEach(async () => {
  trouble.reset();
  for (const worker of workers.splice(0)) await worker.stop();
});
afterAll(() => pipeline?.close());

async function start(): Promise<Worker> {
  const worker = await startWorker(pipeline.platform);
  workers.push(worker);
  return worker;
}

async function stop(worker: Worker): Promise<void> {
  workers.splice(workers.indexOf(worker), 1);
  await worker.stop();
}

const attemptsOf = (videoId: string) =>
  pipeline.rows<Attempt>('select * from transcode_jobs where video_id = ? order by created_at, id', [
    videoId,
  ]);
const statesOf = async (videoId: string) => (await attemptsOf(videoId)).map(({ state }) => state);
const encoders = (platform = pipeline.platform) => processesNaming(platform.config.TMP_DIR);

/** Waits until attempt `number` (from 1) holds FFmpeg in the middle of its work. */
async function untilEncoding(videoId: string, number = 1, platform = pipeline.platform): Promise<Attempt> {
  const attempt = await waitFor(
    `attempt ${number} to run`,
    async () => {
      const attempts = await attemptsOf(videoId);
      return attempts[number - 1]?.state === 'RUNNING' && attempts[number - 1];
    },
    { timeoutMs: 60_000 },
  );
  await waitFor('FFmpeg', async () => (await encoders(platform)).length > 0);
  return attempt;
}

async function enqueueAgain(jobId: string): Promise<void> {
  const { em, enqueue } = pipeline.platform.context({ kind: 'system' });
  await em.transactional((tx) => enqueue(tx, 'transcode', { jobId }, { maxAttempts: 1 }));
}

async function untilQueueIsEmpty(): Promise<void> {
  await waitFor('the queue to be empty', async () => {
    const rows = await pipeline.rows(
      "select 1 from graphile_worker.jobs where task_identifier = 'transcode'",
    );
    return rows.length === 0;
  });
}

test('handed back four times in mid-encode, it is READY by the fifth attempt and nobody failed', async () => {
  trouble.hold();
  const videoId = await pipeline.uploadClip(await makeClip('h264'));
  for (let number = 1; number <= 4; number += 1) {
    const worker = await start();
    await untilEncoding(videoId, number);
    await stop(worker);
    expect(await encoders()).toEqual([]);
    expect((await attemptsOf(videoId)).at(-1)).toMatchObject({ state: 'QUEUED', failed_before: 0 });
  }
  trouble.release();
  await start();
  const video = await pipeline.untilReady(videoId);
  await fetchStream(pipeline, video);
  const attempts = await attemptsOf(videoId);
  expect(attempts.map(({ state }) => state)).toEqual([...Array(4).fill('HANDED_BACK'), 'SUCCEEDED']);
  expect(attempts.map(({ failed_before }) => failed_before)).toEqual([0, 0, 0, 0, 0]);
  expect(new Set(attempts.map(({ output_prefix }) => output_prefix)).size).toBe(5);
  expect(video.playback?.streamUrl).toContain(attempts.at(-1)?.version);
});

test('a job that is in the queue three times is worked on once and published once', async () => {
  trouble.hold();
  const videoId = await pipeline.uploadClip(await makeClip('silent'));
  await start();
  const { id, version } = await untilEncoding(videoId);
  // There is a free slot, so it is taken while the first one runs.
  await enqueueAgain(id);
  await waitFor('the second job to be over', async () => {
    const rows = await pipeline.rows(
      "select 1 from graphile_worker.jobs where task_identifier = 'transcode'",
    );
    return rows.length === 1;
  });
  trouble.release();
  const video = await pipeline.untilReady(videoId);
  await enqueueAgain(id);
  await untilQueueIsEmpty();
  expect(trouble.orders).toBe(1);
  expect(await statesOf(videoId)).toEqual(['SUCCEEDED']);
  expect((await pipeline.show(videoId)).playback).toEqual(video.playback);
  const masters = await pipeline.rows(
    "select version from video_assets where video_id = ? and type = 'HLS_MASTER'",
    [videoId],
  );
  expect(masters).toEqual([{ version }]);
});

test('a storage that is away for a while costs time, not the video', async () => {
  trouble.hold();
  const videoId = await pipeline.uploadClip(await makeClip('h264'));
  await start();
  await untilEncoding(videoId);
  const failing = { reads: 3, writes: 1 };
  trouble.onRead = () => {
    if (failing.reads-- > 0) throw storageAway();
  };
  trouble.onWrite = () => {
    if (failing.writes-- > 0) throw storageAway();
  };
  // The read under way breaks off, the next three are refused; then a segment cannot be stored.
  trouble.release({ cut: true });
  const video = await pipeline.untilReady(videoId);
  await fetchStream(pipeline, video);
  expect(failing.reads).toBeLessThan(0);
  expect(failing.writes).toBeLessThan(0);
  expect(await attemptsOf(videoId)).toMatchObject([
    { state: 'HANDED_BACK', fail_reason: 'STORAGE_UNAVAILABLE', failed_before: 0 },
    { state: 'SUCCEEDED', failed_before: 0 },
  ]);
  expect(await pipeline.rows('select 1 from dead_letters where video_id = ?', [videoId])).toEqual([]);
});

test('a worker whose lease ran out while it went on encoding publishes nothing over its successor', async () => {
  const deafness = Promise.withResolvers<void>();
  const lateTrouble = troubledStorage();
  lateTrouble.hold();
  lateTrouble.deaf = deafness.promise;
  // One slot: it encodes what it has and takes nothing new.
  await using late = await anotherPlatform({ TRANSCODE_CONCURRENCY: '1' }, lateTrouble.replace);
  await using _worker = await runningWorker(late.platform);
  const videoId = await pipeline.uploadClip(await makeClip('h264'));
  const lost = await untilEncoding(videoId, 1, late.platform);

  await start();
  await pipeline.rows("update transcode_jobs set lease_until = now() - interval '1 second' where id = ?", [
    lost.id,
  ]);
  const video = await pipeline.untilReady(videoId);
  const before = await everything(videoId);
  expect(before.attempts).toMatchObject([{ state: 'LOST' }, { state: 'SUCCEEDED' }]);
  expect(video.playback?.streamUrl).toContain(before.attempts[1]?.version);

  lateTrouble.release();
  await waitFor(
    'the late one to have its whole output in storage',
    async () => (await pipeline.keys('media', `${lost.output_prefix}master.m3u8`)).length > 0,
    { timeoutMs: 60_000 },
  );
  deafness.resolve();
  await untilQueueIsEmpty();
  expect(await everything(videoId)).toEqual(before);
  await fetchStream(pipeline, video);
});

async function anotherPlatform(
  env: Readonly<Record<string, string>>,
  replace: NonNullable<TestPlatformOptions['replace']>,
): Promise<AsyncDisposable & { readonly platform: TestPlatform }> {
  const platform = await createTestPlatform({
    sharing: pipeline.platform,
    withTranscoder: true,
    env,
    replace,
  });
  return { platform, [Symbol.asyncDispose]: () => platform.close() };
}

async function runningWorker(platform: TestPlatform): Promise<AsyncDisposable> {
  const worker = await startWorker(platform);
  return { [Symbol.asyncDispose]: () => worker.stop() };
}

async function everything(videoId: string) {
  return {
    attempts: await attemptsOf(videoId),
    video: await pipeline.rows('select * from videos where id = ?', [videoId]),
    assets: await pipeline.rows('select * from video_assets where video_id = ? order by id', [videoId]),
  };
}
