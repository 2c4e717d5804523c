import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { getCostEstimate } from '#domain/cost/get-cost-estimate.ts';
import { SourceRejected } from '#providers/transcoders/source-inspector.ts';
import { type OpenedUpload, useStage } from '../domain/stage.ts';

const stage = useStage();
afterEach(() => stage.reset());

const costOf = ({ ownerId, videoId }: OpenedUpload, asOwner = ownerId) =>
  getCostEstimate(stage.as(asOwner), { videoId, viewers: 'europe' });

test('what plays has a cost while a file that replaces it waits, and when that turns out to be no video', async () => {
  const video = await stage.ready();
  const before = await costOf(video);
  expect(before.actual).not.toBeNull();
  await stage.uploaded(video);
  expect(await costOf(video)).toEqual(before);
  stage.inspector.failures.push(new SourceRejected('SOURCE_NOT_VIDEO', 'text'));
  await stage.runJobs('probe-source');
  expect(await costOf(video)).toEqual(before);
});

test('a file that nobody has looked at has none, and neither has the video of somebody else', async () => {
  const video = await stage.uploaded();
  await expect(costOf(video)).rejects.toMatchObject({ code: 'source_not_probed' });
  await expect(costOf(video, randomUUID())).rejects.toMatchObject({ code: 'video_not_found' });
});
