import { afterEach, describe, expect, test } from 'vitest';
import { reconcile } from '#domain/operations/reconcile.ts';
import { retryDeadLetter } from '#domain/operations/retry-dead-letter.ts';
import { completeUpload } from '#domain/upload/complete-upload.ts';
import { getVideo } from '#domain/video/get-video.ts';
import { SourceRejected } from '#providers/transcoders/source-inspector.ts';
import { TranscodeFailure } from '#providers/transcoders/transcoder.ts';
import { sourceProbe, videoTrack } from '#test/support/tracks.ts';
import { type OpenedUpload, runTask, useStage } from '../stage.ts';

const stage = useStage();
afterEach(() => stage.reset());

const runOpen = async (videoId: string) =>
  runTask('transcode', stage.system(), { jobId: (await stage.openAttempt(videoId)).id });
const versionOf = async ({ videoId }: OpenedUpload) =>
  (await stage.row<{ current_version: string }>('videos', videoId)).current_version;
const objectsOf = async ({ videoId }: OpenedUpload, version: string) =>
  (await stage.keys('media', `videos/${videoId}/hls/${version}/`)).length;

test('a new upload makes the next version while the status stays READY all the way', async () => {
  const video = await stage.ready();
  const first = await versionOf(video);
  const url = async () => (await getVideo(stage.as(video.ownerId), video)).streamUrl;
  const before = await url();
  const next = await stage.probed(video);
  expect(await stage.standing(video.videoId)).toEqual(['READY', null]);
  expect(await url()).toBe(before);
  await runOpen(video.videoId);
  expect(await stage.standing(video.videoId)).toEqual(['READY', null]);
  expect(await versionOf(video)).not.toBe(first);
  expect(await url()).not.toBe(before);
  expect(await stage.row('videos', video.videoId)).toMatchObject({ source_file_key: next.key });
});

test('what a video shows of itself changes with its version, not before', async () => {
  const video = await stage.ready();
  const before = await getVideo(stage.as(video.ownerId), video);
  stage.inspector.probe = sourceProbe({
    durationSeconds: 4,
    video: videoTrack({ displayWidth: 180, displayHeight: 320 }),
  });
  await stage.probed(video);
  const { durationSeconds, width, height, posterUrl } = before;
  expect(await getVideo(stage.as(video.ownerId), video)).toMatchObject({
    durationSeconds,
    width,
    height,
    posterUrl,
  });
  await runOpen(video.videoId);
  const after = await getVideo(stage.as(video.ownerId), video);
  expect(after).toMatchObject({ durationSeconds: 4, width: 180, height: 320 });
  expect(after.posterUrl).not.toBe(posterUrl);
});

test('the source that was replaced goes when its successor plays, and not before', async () => {
  const video = await stage.ready();
  const next = await stage.probed(video);
  expect(await stage.keys('sources', `uploads/${video.videoId}/`)).toHaveLength(2);
  await runOpen(video.videoId);
  await stage.runJobs('clean-session');
  expect(await stage.keys('sources', `uploads/${video.videoId}/`)).toEqual([next.key]);
});

describe('a replaced version (R14)', () => {
  test('stays for its grace, then goes; what players get now is never swept', async () => {
    const video = await stage.ready();
    const first = await versionOf(video);
    await stage.probed(video);
    await runOpen(video.videoId);
    const second = await versionOf(video);
    const { versionGraceSeconds } = stage.system().settings;
    const [firstJob, secondJob] = await stage.attempts(video.videoId);
    const sweepAll = async () => {
      for (const jobId of [firstJob?.id, secondJob?.id])
        await runTask('sweep-version', stage.system(), { jobId });
    };
    stage.passSeconds(versionGraceSeconds - 60);
    await sweepAll();
    expect([await objectsOf(video, first), await objectsOf(video, second)]).toEqual([5, 5]);
    stage.passSeconds(120);
    // Even a sweep that was ordered by mistake leaves the current version alone.
    await stage.sql('update transcode_jobs set sweep_at = now() where id = ?', [secondJob?.id]);
    await sweepAll();
    expect([await objectsOf(video, first), await objectsOf(video, second)]).toEqual([0, 5]);
    expect(await stage.sql('select 1 from video_assets where version = ?', [first])).toHaveLength(0);
    expect(await stage.standing(video.videoId)).toEqual(['READY', null]);
  });

  test('of a long video stays for twice its own length', async () => {
    stage.tune({ versionGraceSeconds: 60 });
    stage.inspector.probe = sourceProbe({ durationSeconds: 200 });
    const video = await stage.ready();
    stage.inspector.probe = sourceProbe({ durationSeconds: 4 });
    await stage.probed(video);
    await runOpen(video.videoId);
    const [first] = await stage.attempts(video.videoId);
    const graceSeconds = (new Date(first?.sweep_at ?? 0).getTime() - stage.now().getTime()) / 1000;
    expect(graceSeconds).toBeGreaterThan(390);
  });

  test('outputs of an attempt that failed are swept when nobody can write them any more', async () => {
    const video = await stage.probed();
    stage.transcoder.script.push(async (order) => {
      await stage.transcoder.make(order);
      throw new TranscodeFailure('TRANSCODE_ERROR', 'after all');
    });
    const failed = await stage.openAttempt(video.videoId);
    await runOpen(video.videoId);
    expect(await objectsOf(video, failed.version)).toBe(5);
    await stage.sql("update transcode_jobs set sweep_at = now() - interval '1 second' where id = ?", [
      failed.id,
    ]);
    await reconcile(stage.system());
    await stage.runJobs('sweep-version');
    expect(await objectsOf(video, failed.version)).toBe(0);
    expect((await stage.row<{ swept_at: string }>('transcode_jobs', failed.id)).swept_at).not.toBeNull();
    await reconcile(stage.system());
    expect(await stage.queue('sweep-version', { jobId: failed.id })).toHaveLength(0);
  });

  test('an attempt that still works is never swept', async () => {
    const video = await stage.probed();
    const { id, version } = await stage.openAttempt(video.videoId);
    stage.transcoder.script.push(async (order) => {
      const output = await stage.transcoder.make(order);
      await stage.sql('update transcode_jobs set sweep_at = now() where id = ?', [id]);
      await runTask('sweep-version', stage.system(), { jobId: id });
      return output;
    });
    await runOpen(video.videoId);
    expect(await objectsOf(video, version)).toBe(5);
    expect(await stage.standing(video.videoId)).toEqual(['READY', null]);
  });
});

describe('a next version that cannot be made leaves the one that plays', () => {
  test('because its source is no video', async () => {
    const video = await stage.ready();
    const version = await versionOf(video);
    stage.inspector.failures.push(new SourceRejected('SOURCE_NOT_VIDEO', 'a text'));
    await stage.probed(video);
    expect(await stage.row('videos', video.videoId)).toMatchObject({
      status: 'READY',
      current_version: version,
    });
    expect(await stage.sql('select reason from dead_letters where video_id = ?', [video.videoId])).toEqual([
      { reason: 'SOURCE_NOT_VIDEO' },
    ]);
    await reconcile(stage.system());
    expect(await stage.queue('probe-source', { videoId: video.videoId })).toHaveLength(0);
  });

  test('because its transcode failed for good; one call tries it again', async () => {
    stage.tune({ transcodeAttempts: 1 });
    const video = await stage.ready();
    const version = await versionOf(video);
    await stage.probed(video);
    stage.transcoder.script.push(() => Promise.reject(new TranscodeFailure('TRANSCODE_ERROR', 'no')));
    await runOpen(video.videoId);
    expect(await stage.row('videos', video.videoId)).toMatchObject({
      status: 'READY',
      current_version: version,
    });
    const [letter] = await stage.sql<{ id: string }>('select id from dead_letters where video_id = ?', [
      video.videoId,
    ]);
    await retryDeadLetter(stage.system(), { id: letter?.id ?? '' });
    await retryDeadLetter(stage.system(), { id: letter?.id ?? '' });
    await stage.runJobs('probe-source');
    await runOpen(video.videoId);
    expect(await versionOf(video)).not.toBe(version);
  });
});

describe('a third source, accepted while the second is still in work', () => {
  const withThird = async () => {
    const video = await stage.ready();
    await stage.probed(video);
    const third = await stage.sent(video);
    await completeUpload(stage.as(video.ownerId), third);
    return { video, third };
  };
  const sourceInUse = async (videoId: string) => {
    const [row] = await stage.sql<{ key: string }>(
      `select plan -> 'source' ->> 'key' as key from transcode_jobs j join videos v on v.id = j.video_id
       where v.id = ? and j.version = v.current_version`,
      [videoId],
    );
    return row?.key;
  };

  test('is what plays in the end', async () => {
    const { video, third } = await withThird();
    await stage.runJobs('probe-source');
    await stage.runJobs('transcode');
    expect(await sourceInUse(video.videoId)).toBe(third.key);
    await stage.runJobs('clean-session');
    expect(await stage.keys('sources', `uploads/${video.videoId}/`)).toEqual([third.key]);
  });

  test('is what plays in the end also when its probe was lost', async () => {
    const { video, third } = await withThird();
    await stage.sql('delete from graphile_worker._private_jobs where key = ?', [`probe:${video.videoId}`]);
    await stage.runJobs('transcode');
    await stage.sql("update videos set updated_at = now() - interval '5 minutes' where id = ?", [
      video.videoId,
    ]);
    await reconcile(stage.system());
    await stage.runJobs('probe-source');
    await stage.runJobs('transcode');
    expect(await sourceInUse(video.videoId)).toBe(third.key);
  });
});
