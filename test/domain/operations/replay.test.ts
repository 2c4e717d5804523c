import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pausePipeline } from '#domain/operations/pause-pipeline.ts';
import { reconcile } from '#domain/operations/reconcile.ts';
import { replayVideos } from '#domain/operations/replay-videos.ts';
import { resumePipeline } from '#domain/operations/resume-pipeline.ts';
import { retryDeadLetters } from '#domain/operations/retry-dead-letters.ts';
import { StorageError } from '#providers/storage/storage-errors.ts';
import { TranscodeFailure } from '#providers/transcoders/transcoder.ts';
import { userActor } from '#test/support/platform.ts';
import { type OpenedUpload, runTask, useStage } from '../stage.ts';

const stage = useStage({ transcodeAttempts: 1, maxActiveJobsPerOwner: 100 });
const replay = (input: Parameters<typeof replayVideos>[1] = {}) => replayVideos(stage.system(), input);
beforeEach(async () => {
  await stage.sql("update videos set deleted_at = now() where status = 'FAILED'");
  await stage.sql('update dead_letters set retried_at = now()');
  await stage.sql('delete from graphile_worker._private_jobs');
});
afterEach(() => stage.reset());

/** A video whose transcode failed for good. */
async function failed(of?: OpenedUpload): Promise<OpenedUpload> {
  const video = of ?? (await stage.probed());
  stage.transcoder.script.push(() => Promise.reject(new TranscodeFailure('TRANSCODE_ERROR', 'no')));
  await runTask('transcode', stage.system(), { jobId: (await stage.openAttempt(video.videoId)).id });
  return video;
}
const probes = () =>
  stage.sql<{ run_at: string; priority: number; video_id: string }>(
    `select run_at, priority, payload ->> 'videoId' as video_id from graphile_worker._private_jobs j
     join graphile_worker._private_tasks t on t.id = j.task_id where t.identifier = 'probe-source' order by run_at`,
  );
const outcomes = async (input = {}) =>
  Object.fromEntries((await replay(input)).videos.map(({ videoId, outcome }) => [videoId, outcome]));

test('what failed is transcoded again, once, and ends READY', async () => {
  const { videoId } = await failed();
  expect((await replay()).videos).toMatchObject([
    { videoId, failReason: 'TRANSCODE_ERROR', outcome: 'queued' },
  ]);
  expect(await stage.standing(videoId)).toEqual(['TRANSCODING', null]);
  expect((await replay()).videos).toEqual([]);
  expect(await probes()).toHaveLength(1);
  await stage.runJobs('probe-source');
  await stage.runJobs('transcode');
  expect(await stage.standing(videoId)).toEqual(['READY', null]);
  expect(
    await stage.sql('select 1 from dead_letters where video_id = ? and retried_at is null', [videoId]),
  ).toEqual([]);
});

test('two replays at once queue each video once', async () => {
  const videos = [await failed(), await failed(), await failed(), await failed()];
  const batches = await Promise.all([replay(), replay()]);
  const queued = batches.flatMap(({ videos: all }) => all.filter(({ outcome }) => outcome === 'queued'));
  expect(queued.map(({ videoId }) => videoId).sort()).toEqual(videos.map(({ videoId }) => videoId).sort());
  expect(await probes()).toHaveLength(4);
  const others = batches.flatMap(({ videos: all }) => all.filter(({ outcome }) => outcome !== 'queued'));
  expect(new Set(others.map(({ outcome }) => outcome)).difference(new Set(['in_work']))).toEqual(new Set());
});

test('they begin so many a minute, and a second replay lines up behind the first', async () => {
  for (let i = 0; i < 3; i += 1) await failed();
  await replay({ perMinute: 2 });
  await failed();
  await replay({ perMinute: 60 });
  const at = (await probes()).map(({ run_at }) => new Date(run_at).getTime());
  const gaps = at.slice(1).map((time, i) => Math.round((time - (at[i] ?? 0)) / 1000));
  expect(gaps).toEqual([30, 30, 1]);
  await reconcile(stage.system());
  expect(await probes()).toHaveLength(4);
});

test('fresh uploads go first, at the probe and at the transcoder', async () => {
  const again = await failed();
  await replay();
  const fresh = await stage.uploaded();
  const waiting = new Map((await probes()).map((row) => [row.video_id, row.priority]));
  expect(waiting.get(again.videoId)).toBeGreaterThan(waiting.get(fresh.videoId) ?? Number.NaN);
  await pausePipeline(stage.system(), {});
  await resumePipeline(stage.system());
  stage.tune({ maxActiveJobsPerOwner: 0 });
  await stage.runJobs('probe-source');
  // The replayed one is the older attempt by now: only its priority puts it behind.
  await stage.sql(
    "update transcode_jobs set created_at = now() - interval '1 day' where video_id = ? and state = 'QUEUED'",
    [again.videoId],
  );
  stage.tune({ maxActiveJobsPerOwner: 1 });
  await stage.sql('update pipeline_control set max_open_attempts = 1');
  await reconcile(stage.system());
  await resumePipeline(stage.system(), { keepThrottle: true });
  expect((await stage.openAttempt(fresh.videoId)).dispatched_at).not.toBeNull();
  expect((await stage.openAttempt(again.videoId)).dispatched_at).toBeNull();
  await resumePipeline(stage.system());
});

describe('what cannot be transcoded again is told by its reason, and left as it is', () => {
  test('a source that is gone, replaced or itself at fault', async () => {
    const [gone, replaced, faulty, fine] = [await failed(), await failed(), await failed(), await failed()];
    const { sources } = stage.system().storage;
    await sources.deleteMany([gone.key]);
    await sources.put(replaced.key, 'other bytes', { contentType: 'video/mp4' });
    await stage.sql("update videos set fail_reason = 'SOURCE_TRUNCATED' where id = ?", [faulty.videoId]);
    const reasons = ['TRANSCODE_ERROR', 'SOURCE_TRUNCATED'] as const;
    const expected = {
      [gone.videoId]: 'source_gone',
      [replaced.videoId]: 'source_gone',
      [faulty.videoId]: 'source_at_fault',
      [fine.videoId]: 'queued',
    };
    expect(await outcomes({ reasons, dryRun: true })).toEqual(expected);
    expect(await probes()).toEqual([]);
    expect(await outcomes({ reasons })).toEqual(expected);
    expect((await probes()).map(({ video_id }) => video_id)).toEqual([fine.videoId]);
    for (const { videoId } of [gone, replaced, faulty])
      expect((await stage.standing(videoId))[0]).toBe('FAILED');
  });

  test('reasons that were not asked for, and what failed before', async () => {
    const [old, rolledBack] = [await failed(), await failed()];
    await stage.sql("update videos set fail_reason = 'ROLLBACK' where id = ?", [rolledBack.videoId]);
    expect(await outcomes({ reasons: ['ROLLBACK'], dryRun: true })).toEqual({
      [rolledBack.videoId]: 'queued',
    });
    await stage.sql("update videos set updated_at = now() - interval '1 day' where id = ?", [old.videoId]);
    const since = new Date(Date.now() - 3_600_000);
    expect(await outcomes({ since, dryRun: true })).toEqual({ [rolledBack.videoId]: 'queued' });
  });

  test('a storage that does not answer ends it early, and nothing is lost', async () => {
    const videos = [await failed(), await failed()];
    stage.gates.sources.head = () => {
      throw new StorageError('unavailable', 'storage is away');
    };
    const batch = await replay();
    expect(batch).toMatchObject({
      problem: 'storage is away',
      nextAfter: null,
      videos: [{ outcome: 'storage_unavailable' }],
    });
    delete stage.gates.sources.head;
    expect((await replay()).videos.map(({ videoId }) => videoId)).toEqual(
      videos.map(({ videoId }) => videoId),
    );
  });
});

test('batches follow each other to the end', async () => {
  const videos = [await failed(), await failed(), await failed()];
  const first = await replay({ limit: 2, dryRun: true });
  expect(first.nextAfter).toBe(videos[1]?.videoId);
  const second = await replay({ limit: 2, dryRun: true, after: first.nextAfter ?? '' });
  expect(second).toMatchObject({ videos: [{ videoId: videos[2]?.videoId }], nextAfter: null });
});

test('replayed while it is paused it begins after the resume', async () => {
  const { videoId } = await failed();
  await pausePipeline(stage.system(), {});
  await replay();
  await stage.runJobs('probe-source');
  expect(await stage.openAttempt(videoId).catch(() => null)).toBeNull();
  await resumePipeline(stage.system());
  await stage.runJobs('probe-source');
  await stage.runJobs('transcode');
  expect(await stage.standing(videoId)).toEqual(['READY', null]);
});

describe('dead letters of one reason', () => {
  test('run again in turn: videos from their source, other jobs as they were; what is refused stays', async () => {
    const [first, gone] = [await failed(), await failed()];
    await stage.system().storage.sources.deleteMany([gone.key]);
    await stage.sql(
      `insert into dead_letters (id, task, payload, reason, created_at)
       values (gen_random_uuid(), 'reconcile', '{}', 'TRANSCODE_ERROR', now()), (gen_random_uuid(), 'reconcile', '{}', 'other', now())`,
    );
    const { letters, nextBefore, problem } = await retryDeadLetters(stage.system(), {
      reason: 'TRANSCODE_ERROR',
      perMinute: 60,
    });
    expect({ nextBefore, problem }).toEqual({ nextBefore: null, problem: null });
    const of = (videoId: string | null) => letters.find((letter) => letter.videoId === videoId);
    expect(of(first.videoId)).toMatchObject({ task: 'transcode', refused: null });
    expect(of(gone.videoId)).toMatchObject({
      runAt: null,
      refused: expect.stringContaining('no longer in storage'),
    });
    expect(of(null)).toMatchObject({ task: 'reconcile', refused: null });
    expect(await stage.queue('reconcile')).toHaveLength(1);
    expect(await stage.standing(first.videoId)).toEqual(['TRANSCODING', null]);
    const again = await retryDeadLetters(stage.system(), { reason: 'TRANSCODE_ERROR' });
    expect(again.letters.map(({ videoId }) => videoId)).toEqual([gone.videoId]);
  });
});

test('replaying is for operators', async () => {
  const owner = stage.platform.context(userActor());
  await expect(replayVideos(owner, {})).rejects.toMatchObject({ code: 'forbidden' });
  await expect(retryDeadLetters(owner, { reason: 'x' })).rejects.toMatchObject({ code: 'forbidden' });
});
