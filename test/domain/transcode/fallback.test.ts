import { afterEach, expect, test } from 'vitest';
import type { Context } from '#domain/context.ts';
import type { FailReason } from '#domain/fail-reasons.ts';
import { transaction } from '#domain/transaction.ts';
import { failAttempt } from '#domain/transcode/end-attempt.ts';
import { lockAttempt } from '#domain/transcode/fence.ts';
import { TranscodeFailure } from '#providers/transcoders/transcoder.ts';
import { runTask, useStage } from '../stage.ts';

const stage = useStage({ transcodeAttempts: 2 });
afterEach(() => stage.reset());

/** A deployment of FFmpeg that falls back to Coconut, whose attempts the tests end themselves. */
const context = (): Context => ({
  ...stage.system(),
  transcoders: {
    defaultName: 'ffmpeg',
    fallbackName: 'coconut',
    configured: ['ffmpeg', 'coconut'],
    get: () => stage.transcoder,
  },
});

/** Ends the open attempt as its runner would. */
async function fail(videoId: string, reason: FailReason, isFinal?: boolean): Promise<void> {
  const { id } = await stage.openAttempt(videoId);
  await stage.sql("update transcode_jobs set state = 'RUNNING' where id = ? and state = 'QUEUED'", [id]);
  const failed = { reason, detail: 'it said no', ...(isFinal !== undefined && { isFinal }) };
  await transaction(context().em, async (tx) =>
    failAttempt(context(), tx, { ...(await lockAttempt(tx, id, null)), ...failed }),
  );
}

const providersOf = async (videoId: string) =>
  stage.sql<{ provider: string; failed_before: number; fallback_from: string | null }>(
    'select provider, failed_before, fallback_from from transcode_jobs where video_id = ? order by created_at, id',
    [videoId],
  );
const lettersOf = (videoId: string) =>
  stage.sql<{ reason: string; detail: string }>(
    'select reason, detail from dead_letters where video_id = ?',
    [videoId],
  );
const toldOf = async (videoId: string) =>
  (await stage.queue('announce-video', { videoId })).map(({ payload }) => payload.type);

test('after the last try of the first the fallback tries, by a plan of its own; the owner sees TRANSCODING', async () => {
  const { videoId } = await stage.probed();
  await fail(videoId, 'TRANSCODE_ERROR');
  await fail(videoId, 'TRANSCODE_ERROR');
  expect(await stage.standing(videoId)).toEqual(['TRANSCODING', null]);
  expect(await lettersOf(videoId)).toEqual([]);
  expect(await providersOf(videoId)).toEqual([
    { provider: 'ffmpeg', failed_before: 0, fallback_from: null },
    { provider: 'ffmpeg', failed_before: 1, fallback_from: null },
    { provider: 'coconut', failed_before: 0, fallback_from: 'ffmpeg' },
  ]);
  const { id } = await stage.openAttempt(videoId);
  expect(await stage.row('transcode_jobs', id)).toMatchObject({
    plan: { segmentContainer: 'ts', ladder: [{ maxVideoBitsPerSecond: 1_000_000 }] },
  });
  expect(await stage.queue('submit-transcode', { jobId: id })).toHaveLength(1);
});

test('when the fallback has failed as well the video is FAILED: one letter, and the owner is told once', async () => {
  const { videoId } = await stage.probed();
  for (let attempt = 0; attempt < 4; attempt += 1) await fail(videoId, 'TRANSCODE_ERROR');
  expect(await stage.standing(videoId)).toEqual(['FAILED', 'TRANSCODE_ERROR']);
  expect(await lettersOf(videoId)).toEqual([
    { reason: 'TRANSCODE_ERROR', detail: 'coconut, after ffmpeg: it said no' },
  ]);
  expect((await toldOf(videoId)).filter((type) => type === 'video.asset.errored')).toHaveLength(1);
  expect((await providersOf(videoId)).map(({ provider }) => provider)).toEqual([
    'ffmpeg',
    'ffmpeg',
    'coconut',
    'coconut',
  ]);
});

test('a failure that would repeat itself costs no second try of either', async () => {
  const { videoId } = await stage.probed();
  await fail(videoId, 'TRANSCODE_ERROR', true);
  expect(await stage.openAttempt(videoId)).toMatchObject({ provider: 'coconut' });
  await fail(videoId, 'TRANSCODE_ERROR', true);
  expect(await stage.standing(videoId)).toEqual(['FAILED', 'TRANSCODE_ERROR']);
  expect(await stage.attempts(videoId)).toHaveLength(2);
});

test('a source that takes workers down is given to one who has other machines', async () => {
  const { videoId } = await stage.probed();
  await fail(videoId, 'WORKER_LOST');
  expect(await stage.openAttempt(videoId)).toMatchObject({ provider: 'coconut', failed_before: 0 });
});

test.each(['SOURCE_TRUNCATED', 'ROLLBACK'] as const)(
  '%s is nothing that another could mend',
  async (reason) => {
    const { videoId } = await stage.probed();
    await fail(videoId, reason, true);
    expect(await stage.standing(videoId)).toEqual(['FAILED', reason]);
    expect(await stage.attempts(videoId)).toHaveLength(1);
  },
);

test('a READY video stays READY all the way, and keeps its version when both have failed', async () => {
  const video = await stage.ready();
  const { current_version: version } = await stage.row<{ current_version: string }>('videos', video.videoId);
  await stage.probed(video);
  await fail(video.videoId, 'TRANSCODE_ERROR', true);
  expect(await stage.standing(video.videoId)).toEqual(['READY', null]);
  await fail(video.videoId, 'TRANSCODE_ERROR', true);
  expect(await stage.row('videos', video.videoId)).toMatchObject({
    status: 'READY',
    current_version: version,
  });
  expect(await lettersOf(video.videoId)).toHaveLength(1);
  expect(await toldOf(video.videoId)).not.toContain('video.asset.errored');
});

test('what the fallback made is what plays', async () => {
  const { videoId } = await stage.probed();
  const here = { ...context(), transcoders: { ...context().transcoders, fallbackName: 'ffmpeg' as const } };
  const { id } = await stage.openAttempt(videoId);
  await stage.sql("update transcode_jobs set provider = 'coconut', state = 'RUNNING' where id = ?", [id]);
  await transaction(here.em, async (tx) =>
    failAttempt(here, tx, {
      ...(await lockAttempt(tx, id, null)),
      reason: 'TRANSCODE_ERROR',
      detail: 'closed',
      isFinal: true,
    }),
  );
  const second = await stage.openAttempt(videoId);
  stage.transcoder.script.push(() => Promise.reject(new TranscodeFailure('TRANSCODE_ERROR', 'once')));
  await runTask('transcode', here, { jobId: second.id });
  const third = await stage.openAttempt(videoId);
  expect(third).toMatchObject({ provider: 'ffmpeg', failed_before: 1, fallback_from: 'coconut' });
  await runTask('transcode', here, { jobId: third.id });
  expect(await stage.row('videos', videoId)).toMatchObject({
    status: 'READY',
    current_version: third.version,
  });
});
