import { randomUUID } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { getCostEstimate } from '#domain/cost/get-cost-estimate.ts';
import type { RecordedCost } from '#domain/cost/recorded-cost.ts';
import { publishVersion } from '#domain/transcode/publish-version.ts';
import { startAttempt } from '#domain/transcode/start-attempt.ts';
import { TranscodeJob } from '#domain/transcode/transcode-job.entity.ts';
import type { TranscoderName } from '#providers/transcoders/transcoder.ts';
import { sourceProbe, videoTrack } from '#test/support/tracks.ts';
import { runTask, useStage } from '../stage.ts';
import { COST_SETTINGS } from './plans.ts';

const stage = useStage({ cost: COST_SETTINGS });
beforeEach(() => {
  stage.reset();
  stage.inspector.probe = sourceProbe({
    durationSeconds: 60,
    video: videoTrack({ displayWidth: 1280, displayHeight: 720, durationSeconds: 60 }),
  });
});

const costOf = (of: { ownerId: string; videoId: string }) =>
  getCostEstimate(stage.as(of.ownerId), { videoId: of.videoId, viewers: 'europe' });
const recorded = async (videoId: string) => {
  const [row] = await stage.sql<{ cost: RecordedCost | null }>(
    "select cost from transcode_jobs where video_id = ? and state = 'SUCCEEDED' order by created_at desc",
    [videoId],
  );
  return row?.cost ?? null;
};

/** A video that plays, whose first attempt failed after two minutes by the clock of the rows. */
async function madeAtTheSecondTry() {
  const video = await stage.probed();
  stage.transcoder.script.push(() => Promise.reject(new Error('out of luck')));
  await runTask('transcode', stage.system(), { jobId: (await stage.openAttempt(video.videoId)).id });
  await stage.sql(
    `update transcode_jobs set started_at = finished_at - interval '2 minutes'
     where video_id = ? and state = 'FAILED'`,
    [video.videoId],
  );
  stage.passSeconds(60);
  await stage.runJobs('transcode');
  return video;
}

test('before its source was looked at a video has no estimate, and it is said why', async () => {
  const uploaded = await stage.uploaded();
  await expect(costOf(uploaded)).rejects.toMatchObject({ code: 'source_not_probed' });
  await stage.runJobs('probe-source');
  const { estimate, actual, source } = await costOf(uploaded);
  expect(source).toMatchObject({ durationSeconds: 60, width: 1280, height: 720, hasSound: false });
  expect(estimate.transcode).toMatchObject({ transcoder: 'ffmpeg' });
  expect(actual).toBeNull();
});

test('the estimate is that of the newest source as soon as it was looked at', async () => {
  const video = await stage.ready();
  const longer = { ...stage.inspector.probe, durationSeconds: 3600 };
  stage.inspector.probe = longer;
  await stage.probed(video);
  expect((await costOf(video)).source.durationSeconds).toBe(3600);
});

test("nobody sees another owner's costs", async () => {
  const { videoId } = await stage.probed();
  await expect(costOf({ ownerId: randomUUID(), videoId })).rejects.toMatchObject({ code: 'video_not_found' });
});

test('a version carries what it cost, of the day it was published', async () => {
  const video = await stage.probed();
  await stage.runJobs('transcode');
  const cost = await recorded(video.videoId);
  expect(cost).toMatchObject({
    transcoder: 'ffmpeg',
    region: 'us-east-1',
    currency: 'USD',
    pricesOf: '2026-09-29',
  });
  expect(cost?.lines.map(({ item }) => item)).toEqual(['this attempt']);
  expect((await costOf(video)).actual).toEqual(cost);
});

test('attempts that failed are paid for too: theirs is the time of our machines', async () => {
  const video = await madeAtTheSecondTry();
  const lines = (await recorded(video.videoId))?.lines ?? [];
  expect(lines.map(({ item }) => item)).toEqual(['this attempt', '1 earlier attempt']);
  // Two minutes of 2 vCPU and 4 GiB at 0.09874 dollars an hour.
  expect(lines[1]).toMatchObject({ quantity: '2.0000', unit: 'machine minute', usdMicros: 3291 });
  expect((await recorded(video.videoId))?.usdMicros).toBe((lines[0]?.usdMicros ?? 0) + 3291);
});

test('machines that several transcodes share are paid for in parts', async () => {
  stage.tune({ cost: { ...COST_SETTINGS, transcodesPerMachine: 2 } });
  const video = await madeAtTheSecondTry();
  expect((await recorded(video.videoId))?.lines[1]?.quantity).toBe('1.0000');
});

test('the next version does not pay again for what went before the last one', async () => {
  const video = await madeAtTheSecondTry();
  const context = stage.system();
  await context.em.transactional(async (tx) => {
    const { plan } = await tx.findOneOrFail(TranscodeJob, { videoId: video.videoId, state: 'SUCCEEDED' });
    await startAttempt(context, tx, {
      videoId: video.videoId,
      provider: 'ffmpeg',
      plan,
      failedBefore: 0,
    });
  });
  await stage.runJobs('transcode');
  expect((await recorded(video.videoId))?.lines.map(({ item }) => item)).toEqual(['this attempt']);
});

test.each<[TranscoderName, number]>([
  // One HD and two SD outputs of a minute: 0.015 + 2 x 0.0075, and no sound.
  ['coconut', 30_000],
  ['mediaconvert', 30_000],
])('%s is paid by what it made', async (name, usdMicros) => {
  stage.transcoders.defaultName = name;
  const video = await stage.probed();
  const { id, output_prefix: prefix } = await stage.openAttempt(video.videoId);
  await stage.sql("update transcode_jobs set state = 'RUNNING', started_at = now() where id = ?", [id]);
  const output = { masterKey: `${prefix}master.m3u8`, durationSeconds: 60, assets: [] };
  await publishVersion(stage.system(), { jobId: id, leaseToken: null, output });
  expect(await recorded(video.videoId)).toMatchObject({ transcoder: name, usdMicros });
});
