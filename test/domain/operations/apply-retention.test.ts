import { afterEach, beforeEach, expect, test } from 'vitest';
import { applyRetention } from '#domain/operations/apply-retention.ts';
import { pausePipeline } from '#domain/operations/pause-pipeline.ts';
import { resumePipeline } from '#domain/operations/resume-pipeline.ts';
import { sweepLeftovers } from '#domain/operations/sweep-leftovers.ts';
import { mediaPrefix, sourcePrefix } from '#domain/storage-keys.ts';
import { useStage } from '../stage.ts';

const DAY_SECONDS = 86_400;
const stage = useStage();
const isKept = async (videoId: string) => (await stage.row('videos', videoId)).deleted_at === null;

beforeEach(() => stage.sql('update videos set deleted_at = now() where deleted_at is null'));
afterEach(() => stage.reset());

test('a video goes when its days are over, not before, and never where none are set', async () => {
  const { videoId } = await stage.ready();
  stage.tune({ retentionSeconds: 30 * DAY_SECONDS });
  stage.passSeconds(30 * DAY_SECONDS - 60);
  expect(await applyRetention(stage.system())).toBe(0);
  stage.passSeconds(120);
  stage.tune({ retentionSeconds: null });
  expect(await applyRetention(stage.system())).toBe(0);
  expect(await isKept(videoId)).toBe(true);
  stage.tune({ retentionSeconds: 30 * DAY_SECONDS });
  expect(await applyRetention(stage.system())).toBe(1);
  expect(await isKept(videoId)).toBe(false);
  expect(await applyRetention(stage.system())).toBe(0);
});

test('the hourly sweep applies it, and objects, cache and row go as with any deletion', async () => {
  const { videoId } = await stage.ready();
  const { videoId: young } = await stage.ready();
  await stage.sql(`update videos set created_at = created_at - interval '40 days' where id = ?`, [videoId]);
  stage.tune({ retentionSeconds: 30 * DAY_SECONDS });
  await sweepLeftovers(stage.system());
  expect([await isKept(videoId), await isKept(young)]).toEqual([false, true]);
  await stage.runJobs('purge-video');
  expect(await stage.keys('sources', sourcePrefix(videoId))).toEqual([]);
  expect(await stage.keys('media', mediaPrefix(videoId))).toEqual([]);
  expect(await stage.keys('media', mediaPrefix(young))).not.toEqual([]);
});

test('a paused pipeline keeps what would go, and a resumed one lets it', async () => {
  const { videoId } = await stage.ready();
  stage.tune({ retentionSeconds: DAY_SECONDS });
  await stage.sql(`update videos set created_at = created_at - interval '2 days' where id = ?`, [videoId]);
  await pausePipeline(stage.system(), {});
  try {
    expect(await applyRetention(stage.system())).toBe(0);
    expect(await isKept(videoId)).toBe(true);
  } finally {
    await resumePipeline(stage.system(), {});
  }
  expect(await applyRetention(stage.system())).toBe(1);
});

test('two sweepers at once delete each video once', async () => {
  const videos = await Promise.all([stage.ready(), stage.ready(), stage.ready()]);
  stage.tune({ retentionSeconds: DAY_SECONDS });
  stage.passSeconds(2 * DAY_SECONDS);
  const counts = await Promise.all([applyRetention(stage.system()), applyRetention(stage.system())]);
  expect(counts[0] + counts[1]).toBe(videos.length);
  for (const { videoId } of videos) expect(await isKept(videoId)).toBe(false);
});
