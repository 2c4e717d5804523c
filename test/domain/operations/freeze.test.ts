import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newId } from '#domain/identifiers.ts';
import { freezeVideo } from '#domain/operations/freeze-video.ts';
import { freezeVideos } from '#domain/operations/freeze-videos.ts';
import { listDeadLetters } from '#domain/operations/list-dead-letters.ts';
import { reconcile } from '#domain/operations/reconcile.ts';
import { retryVideo } from '#domain/video/retry-video.ts';
import { transcodeAgain } from '#domain/video/transcode-again.ts';
import {
  TranscodeFailure,
  TranscoderUnavailable,
  type VersionMaker,
} from '#providers/transcoders/transcoder.ts';
import { userActor } from '#test/support/platform.ts';
import { type OpenedUpload, runTask, useStage } from '../stage.ts';

const stage = useStage({ maxActiveJobsPerOwner: 100, transcodeRetrySeconds: 0 });
const freeze = (input: Partial<Parameters<typeof freezeVideos>[1]> = {}) =>
  freezeVideos(stage.system(), { olderThanSeconds: 1800, ...input });
const HOUR_SECONDS = 3600;
beforeEach(async () => {
  await stage.sql(
    "update transcode_jobs set state = 'CANCELED', finished_at = now() where state in ('QUEUED', 'RUNNING')",
  );
  await stage.sql("update videos set deleted_at = now() where status = 'TRANSCODING'");
  await stage.sql('delete from graphile_worker._private_jobs');
});
afterEach(() => {
  stage.transcoders.defaultName = 'ffmpeg';
  stage.reset();
});

async function atProvider(): Promise<OpenedUpload & { jobId: string }> {
  stage.transcoders.defaultName = 'coconut';
  const video = await stage.probed();
  const { id: jobId } = await stage.openAttempt(video.videoId);
  await runTask('submit-transcode', stage.system(), { jobId });
  stage.transcoders.defaultName = 'ffmpeg';
  return { ...video, jobId };
}

const toldOf = (videoId: string) => stage.queue('announce-video', { videoId, type: 'video.asset.errored' });

test('what is at work for too long is FAILED with ROLLBACK; its result is published no more, its owner told once', async () => {
  const video = await stage.atWork();
  expect((await freeze()).frozen).toEqual([]);
  stage.passSeconds(HOUR_SECONDS);
  expect(await freeze({ reason: 'wrong colours' })).toEqual({
    frozen: [
      {
        videoId: video.videoId,
        jobId: video.jobId,
        provider: 'ffmpeg',
        status: 'FAILED',
        runsElsewhere: false,
      },
    ],
    movedOn: [],
    nextAfter: null,
  });
  await video.finish();
  expect(await stage.standing(video.videoId)).toEqual(['FAILED', 'ROLLBACK']);
  expect(await stage.attempts(video.videoId)).toMatchObject([
    { state: 'CANCELED', fail_reason: 'ROLLBACK', fail_detail: 'An operator froze it: wrong colours' },
  ]);
  expect((await freeze()).frozen).toEqual([]);
  expect(await toldOf(video.videoId)).toHaveLength(1);
  const { items } = await listDeadLetters(stage.system(), { limit: 100, reason: 'ROLLBACK' });
  expect(items.filter(({ videoId }) => videoId === video.videoId)).toMatchObject([
    { task: 'transcode', payload: { jobId: video.jobId } },
  ]);
});

test('a freeze and a publication at the same moment: one of them happens, whole', async () => {
  const ends = new Set<string>();
  for (let round = 0; round < 10; round += 1) {
    const video = await stage.atWork();
    stage.passSeconds(HOUR_SECONDS);
    const [frozen] = await Promise.all([freeze(), video.finish()]);
    const [status, reason] = await stage.standing(video.videoId);
    const isFrozen = frozen.frozen.some(({ videoId }) => videoId === video.videoId);
    expect([status, reason]).toEqual(isFrozen ? ['FAILED', 'ROLLBACK'] : ['READY', null]);
    expect((await stage.attempts(video.videoId)).map(({ state }) => state)).toEqual([
      isFrozen ? 'CANCELED' : 'SUCCEEDED',
    ]);
    expect(await toldOf(video.videoId)).toHaveLength(isFrozen ? 1 : 0);
    ends.add(status);
  }
  expect(ends.size).toBeGreaterThan(0);
});

test('two freezes at once freeze each video once', async () => {
  const videos = [await stage.atWork(), await stage.atWork(), await stage.atWork()];
  stage.passSeconds(HOUR_SECONDS);
  const batches = await Promise.all([freeze(), freeze()]);
  const ids = batches.flatMap(({ frozen }) => frozen.map(({ videoId }) => videoId));
  expect(ids.sort()).toEqual(videos.map(({ videoId }) => videoId).sort());
  for (const video of videos) {
    await video.finish();
    expect(await toldOf(video.videoId)).toHaveLength(1);
  }
});

test('an attempt that took the place of the one that was found is left alone', async () => {
  const video = await stage.atWork();
  const found = { videoId: video.videoId, provider: 'ffmpeg', since: new Date(0) } as const;
  const how = { reason: null, away: new Set<VersionMaker>() };
  expect(await freezeVideo(stage.system(), { ...found, jobId: newId() }, how)).toBeNull();
  expect(await freezeVideo(stage.system(), { ...found, jobId: null }, how)).toBeNull();
  await video.finish();
  expect(await stage.standing(video.videoId)).toEqual(['READY', null]);
});

describe('how long work has lasted', () => {
  test('is counted from its first try, not from its last', async () => {
    const { videoId } = await stage.probed();
    stage.transcoder.script.push(() => Promise.reject(new TranscodeFailure('TRANSCODE_ERROR', 'no')));
    await runTask('transcode', stage.system(), { jobId: (await stage.openAttempt(videoId)).id });
    await stage.sql("update transcode_jobs set started_at = now() - interval '1 hour' where video_id = ?", [
      videoId,
    ]);
    expect((await stage.openAttempt(videoId)).state).toBe('QUEUED');
    expect((await freeze()).frozen).toMatchObject([{ videoId, status: 'FAILED' }]);
  });

  test('begins anew when it is asked for anew', async () => {
    const { videoId } = await stage.probed();
    stage.transcoder.script.push(() =>
      Promise.reject(new TranscodeFailure('TRANSCODE_ERROR', 'no', { isFinal: true })),
    );
    await runTask('transcode', stage.system(), { jobId: (await stage.openAttempt(videoId)).id });
    await stage.sql("update transcode_jobs set started_at = now() - interval '1 hour' where video_id = ?", [
      videoId,
    ]);
    await retryVideo(stage.system(), { videoId });
    await stage.runJobs('probe-source');
    const again = await stage.atWork({ videoId });
    expect((await freeze()).frozen).toEqual([]);
    await again.finish();
  });

  test('is nothing for what waits, unless that is asked for', async () => {
    const [queued, unprobed] = [await stage.probed(), await stage.probed()];
    await stage.sql("update transcode_jobs set state = 'CANCELED', finished_at = now() where video_id = ?", [
      unprobed.videoId,
    ]);
    stage.passSeconds(HOUR_SECONDS);
    expect((await freeze()).frozen).toEqual([]);
    const { frozen } = await freeze({ includeWaiting: true });
    expect(frozen).toMatchObject([
      { videoId: queued.videoId, provider: 'ffmpeg' },
      { videoId: unprobed.videoId, provider: null, jobId: null },
    ]);
    expect(await stage.standing(unprobed.videoId)).toEqual(['FAILED', 'ROLLBACK']);
    expect(await toldOf(unprobed.videoId)).toHaveLength(1);
  });
});

describe('a READY video', () => {
  async function nextVersion() {
    const video = await stage.ready();
    await transcodeAgain(stage.system(), video);
    await stage.runJobs('probe-source');
    return stage.atWork(video);
  }

  test('keeps what plays, and its next version is left alone', async () => {
    const video = await nextVersion();
    stage.passSeconds(HOUR_SECONDS);
    expect((await freeze()).frozen).toEqual([]);
    await video.finish();
    expect((await stage.attempts(video.videoId)).map(({ state }) => state)).toEqual([
      'SUCCEEDED',
      'SUCCEEDED',
    ]);
  });

  test('keeps what plays when its next version is frozen on purpose', async () => {
    const video = await nextVersion();
    const before = await stage.row('videos', video.videoId);
    stage.passSeconds(HOUR_SECONDS);
    expect((await freeze({ includeReady: true })).frozen).toMatchObject([
      { videoId: video.videoId, status: 'READY' },
    ]);
    await video.finish();
    const after = await stage.row('videos', video.videoId);
    expect(after).toMatchObject({ status: 'READY', current_version: before.current_version });
    expect(await toldOf(video.videoId)).toEqual([]);
  });
});

describe('at a provider elsewhere', () => {
  test('its job is canceled there, once', async () => {
    const { videoId } = await atProvider();
    const other = await stage.atWork();
    stage.passSeconds(HOUR_SECONDS);
    expect((await freeze({ provider: 'coconut' })).frozen).toMatchObject([
      { videoId, provider: 'coconut', runsElsewhere: false },
    ]);
    expect(stage.coconut.canceled).toHaveLength(1);
    expect(await stage.standing(other.videoId)).toEqual(['TRANSCODING', null]);
    await other.finish();
  });

  test('one that does not answer keeps no video from being frozen, and is asked once', async () => {
    const videos = [await atProvider(), await atProvider()];
    stage.coconut.outage = new TranscoderUnavailable('transcoder_unreachable', 'no answer');
    stage.passSeconds(HOUR_SECONDS);
    const { frozen } = await freeze();
    expect(frozen.map(({ runsElsewhere }) => runsElsewhere)).toEqual([true, true]);
    expect(stage.coconut.calls.filter((call) => call === 'cancel')).toHaveLength(1);
    stage.coconut.outage = null;
    await reconcile(stage.system());
    const ids = await stage.sql<{ id: string }>(
      'select provider_job_id as id from transcode_jobs where id in (?, ?)',
      videos.map(({ jobId }) => jobId),
    );
    expect(stage.coconut.canceled).toEqual(expect.arrayContaining(ids.map(({ id }) => id)));
    for (const { videoId } of videos) expect(await stage.standing(videoId)).toEqual(['FAILED', 'ROLLBACK']);
  });

  test('what it reports afterwards moves nothing', async () => {
    const { videoId } = await atProvider();
    stage.passSeconds(HOUR_SECONDS);
    await freeze();
    const [job] = stage.coconut.jobs.slice(-1);
    if (job) job.status = { state: 'succeeded', output: await stage.transcoder.make(job.order) };
    await reconcile(stage.system());
    expect(await stage.standing(videoId)).toEqual(['FAILED', 'ROLLBACK']);
  });
});

test('batches follow each other to the end', async () => {
  const videos = [await stage.atWork(), await stage.atWork(), await stage.atWork()];
  stage.passSeconds(HOUR_SECONDS);
  const first = await freeze({ limit: 2 });
  expect(first.frozen).toHaveLength(2);
  expect(first.nextAfter).toBe(videos[1]?.videoId);
  const second = await freeze({ limit: 2, after: first.nextAfter ?? '' });
  expect(second).toMatchObject({ frozen: [{ videoId: videos[2]?.videoId }], nextAfter: null });
  for (const video of videos) await video.finish();
});

test('who gave the order stands with each attempt', async () => {
  const video = await stage.atWork();
  stage.passSeconds(HOUR_SECONDS);
  const operator = stage.platform.context({ kind: 'system', operator: 'ada@desk' });
  await freezeVideos(operator, { olderThanSeconds: 0, reason: 'green faces' });
  await video.finish();
  expect(await stage.attempts(video.videoId)).toMatchObject([
    { fail_detail: 'An operator (ada@desk) froze it: green faces' },
  ]);
});

test('freezing is for operators', async () => {
  const owner = stage.platform.context(userActor());
  await expect(freezeVideos(owner, { olderThanSeconds: 0 })).rejects.toMatchObject({ code: 'forbidden' });
});
