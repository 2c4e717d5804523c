import { expect, test } from 'vitest';
import type { Context } from '#domain/context.ts';
import { leaveRemovedTranscoders } from '#domain/transcode/leave-removed-transcoders.ts';
import { TranscodeFailure } from '#providers/transcoders/transcoder.ts';
import { runTask } from '#test/domain/stage.ts';
import { useTwoClouds } from './two-clouds.ts';

const clouds = useTwoClouds();
const { stage } = clouds;

const providersOf = async (videoId: string) =>
  (await stage.attempts(videoId)).map(({ state, provider }) => [state, provider]);
const lives = (videoId: string, storage: string) =>
  stage.sql('update videos set storage = ? where id = ?', [storage, videoId]);

/** The deployment as a process sees it for which the two storages have changed places, but not the transcoders. */
function fromTheOtherRegion(): Context {
  const context = stage.system();
  const { own, second, homeId } = context.storages;
  if (!second) throw new Error('There is one cloud only');
  return { ...context, storages: { own: second, second: own, homeId, transcoded: own } };
}

/** Lets FFmpeg fail for good, with Coconut to fall back to. */
async function failForGood(context: Context, videoId: string): Promise<void> {
  stage.transcoders.fallbackName = 'coconut';
  const { id: jobId } = await stage.openAttempt(videoId);
  const refusal = new TranscodeFailure('TRANSCODE_ERROR', 'it said no', { isFinal: true });
  stage.transcoder.script.push(() => Promise.reject(refusal));
  await runTask('transcode', context, { jobId });
}

test.each([
  ['a process at home', () => stage.system()],
  ['a process of the other region', fromTheOtherRegion],
])('%s passes over a fallback that does not reach the video', async (_, contextOf) => {
  const { videoId } = await stage.probed();
  await lives(videoId, clouds.b.id);
  await failForGood(contextOf(), videoId);
  expect(await providersOf(videoId)).toEqual([['FAILED', 'ffmpeg']]);
  expect(await stage.standing(videoId)).toEqual(['FAILED', 'TRANSCODE_ERROR']);
});

test.each([
  ['a process at home', () => stage.system()],
  ['a process of the other region', fromTheOtherRegion],
])('%s falls back as ever where the video lives with the transcoders', async (_, contextOf) => {
  const { videoId } = await stage.probed();
  await lives(videoId, clouds.a.id);
  await failForGood(contextOf(), videoId);
  expect(await providersOf(videoId)).toEqual([
    ['FAILED', 'ffmpeg'],
    ['QUEUED', 'coconut'],
  ]);
});

test('an attempt at a removed transcoder begins anew at one that reaches the video', async () => {
  stage.transcoders.defaultName = 'coconut';
  const { videoId } = await stage.probed();
  await lives(videoId, clouds.b.id);
  const { id } = await stage.openAttempt(videoId);
  await stage.sql("update transcode_jobs set provider = 'mediaconvert' where id = ?", [id]);
  await stage.sql(`insert into provider_standings (provider, problem, down_since, blocked_until, updated_at)
    values ('mediaconvert', 'transcoder_refused', now() - interval '1 hour', now(), now())`);
  const { transcoders, ...context } = stage.system();
  const few = { ...transcoders, configured: ['ffmpeg', 'coconut'] as const };
  await leaveRemovedTranscoders({ ...context, transcoders: few });
  expect(await providersOf(videoId)).toEqual([
    ['LOST', 'mediaconvert'],
    ['QUEUED', 'ffmpeg'],
  ]);
});
