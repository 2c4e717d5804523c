import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { transaction } from '#domain/transaction.ts';
import { dispatchWaiting } from '#domain/transcode/start-attempt.ts';
import { TranscodeFailure } from '#providers/transcoders/transcoder.ts';
import { runTask, useStage } from '../stage.ts';

const stage = useStage({ maxActiveJobsPerOwner: 2 });
afterEach(async () => {
  stage.reset();
  await stage.sql(
    "update transcode_jobs set state = 'CANCELED', finished_at = now() where state in ('QUEUED', 'RUNNING')",
  );
});

/** Videos of one owner, each with its first attempt. */
async function probedVideos(count: number, ownerId: string = randomUUID()): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i += 1) ids.push((await stage.probed(await stage.draft(ownerId))).videoId);
  return ids;
}
const isQueued = async (videoId: string) => {
  const attempt = await stage.openAttempt(videoId);
  const inQueue = (await stage.queue('transcode', { jobId: attempt.id })).length === 1;
  expect(inQueue).toBe(attempt.dispatched_at !== null);
  return inQueue;
};
const queuedOf = (videos: string[]) => Promise.all(videos.map(isQueued));
const finish = async (videoId: string) =>
  runTask('transcode', stage.system(), { jobId: (await stage.openAttempt(videoId)).id });

test('an owner has so many attempts in work, the rest wait in the order in which they came', async () => {
  const videos = await probedVideos(5);
  expect(await queuedOf(videos)).toEqual([true, true, false, false, false]);
  await finish(videos[1] ?? '');
  expect(await queuedOf([0, 2, 3, 4].map((i) => videos[i] ?? ''))).toEqual([true, true, false, false]);
  await finish(videos[0] ?? '');
  expect(await queuedOf([2, 3, 4].map((i) => videos[i] ?? ''))).toEqual([true, true, false]);
});

test('an owner with many keeps nobody else waiting', async () => {
  await probedVideos(4);
  expect(await queuedOf(await probedVideos(1))).toEqual([true]);
});

test('an attempt that fails gives its place on, and its successor keeps to the limit', async () => {
  const videos = await probedVideos(3);
  stage.transcoder.script.push(() => Promise.reject(new TranscodeFailure('TRANSCODE_ERROR', 'no')));
  await finish(videos[0] ?? '');
  expect(await queuedOf(videos)).toEqual([false, true, true]);
});

test('dispatched by many at once nobody gets more than his share, and nothing is queued twice', async () => {
  const videos = await probedVideos(5);
  await stage.sql('update transcode_jobs set dispatched_at = null where video_id = any(?::uuid[])', [
    `{${videos.join()}}`,
  ]);
  await stage.sql('delete from graphile_worker._private_jobs');
  await Promise.all(
    Array.from({ length: 6 }, () =>
      transaction(stage.system().em, (tx) => dispatchWaiting(stage.system(), tx)),
    ),
  );
  expect((await queuedOf(videos)).filter(Boolean)).toHaveLength(2);
});

test('attempts that begin at the same moment do not overlook each other', async () => {
  const ownerId = randomUUID();
  const videos: string[] = [];
  for (let i = 0; i < 6; i += 1) videos.push((await stage.uploaded(await stage.draft(ownerId))).videoId);
  const probes = (await stage.queue('probe-source')).filter(({ payload }) =>
    videos.includes(String(payload.videoId)),
  );
  await Promise.all(probes.map(({ payload }) => runTask('probe-source', stage.system(), payload)));
  expect((await queuedOf(videos)).filter(Boolean)).toHaveLength(2);
});
