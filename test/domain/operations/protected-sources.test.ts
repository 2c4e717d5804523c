import { afterEach, beforeEach, expect, test } from 'vitest';
import { newId } from '#domain/identifiers.ts';
import { slicesOfHour } from '#domain/operations/key-slices.ts';
import { pausePipeline } from '#domain/operations/pause-pipeline.ts';
import { reconcile } from '#domain/operations/reconcile.ts';
import { PipelinePaused, removeSources } from '#domain/operations/remove-sources.ts';
import { resumePipeline } from '#domain/operations/resume-pipeline.ts';
import { sweepLeftovers } from '#domain/operations/sweep-leftovers.ts';
import { sourceKey } from '#domain/storage-keys.ts';
import { cancelUpload } from '#domain/upload/cancel-upload.ts';
import { deleteVideo } from '#domain/video/delete-video.ts';
import { getVideo } from '#domain/video/get-video.ts';
import { waitFor } from '#test/support/conditions.ts';
import { type OpenedUpload, runTask, useStage } from '../stage.ts';
import { sentPut } from '../upload/single-put-steps.ts';

const stage = useStage();
const pause = () => pausePipeline(stage.system(), {});
const resume = () => resumePipeline(stage.system());
beforeEach(() => stage.sql('delete from graphile_worker._private_jobs'));
afterEach(async () => {
  stage.reset();
  await resume();
});

const sourcesOf = ({ videoId }: OpenedUpload) => stage.keys('sources', `uploads/${videoId}/`);
const QUIET_SECONDS = 3600 + 45 + 120;

test('DELETE hides a video at once and leaves its objects, until the resume', async () => {
  const video = await stage.ready();
  const media = await stage.keys('media', `videos/${video.videoId}/`);
  await pause();
  await deleteVideo(stage.as(video.ownerId), video);
  await expect(getVideo(stage.as(video.ownerId), video)).rejects.toMatchObject({ code: 'video_not_found' });
  await stage.runJobs('purge-video');
  stage.passSeconds(QUIET_SECONDS);
  await reconcile(stage.system());
  await stage.runJobs('purge-video');
  expect(await sourcesOf(video)).toHaveLength(1);
  expect(await stage.keys('media', `videos/${video.videoId}/`)).toEqual(media);
  expect(await stage.queue('purge-video', { videoId: video.videoId })).toHaveLength(1);
  await resume();
  await stage.runJobs('purge-video');
  expect(await sourcesOf(video)).toEqual([]);
  expect(await stage.keys('media', `videos/${video.videoId}/`)).toEqual([]);
  expect(await stage.sql('select 1 from videos where id = ?', [video.videoId])).toEqual([]);
});

test('a source that was replaced, parts that were canceled and what is staged stay until the resume', async () => {
  const replaced = await stage.ready();
  const newer = await stage.ready(replaced);
  const canceled = await stage.opened();
  await stage.sendParts(canceled, [1]);
  const staged = await sentPut(stage);
  await pause();
  await cancelUpload(stage.as(canceled.ownerId), canceled);
  await cancelUpload(stage.as(staged.ownerId), staged);
  for (const { sessionId } of [canceled, staged])
    await runTask('clean-session', stage.system(), { sessionId });
  await stage.runJobs('clean-session');
  const { sources } = stage.system().storage;
  expect(await Array.fromAsync(sources.listMultiparts(canceled.key))).toHaveLength(1);
  expect(await stage.keys('sources', `staging/${staged.videoId}/`)).toHaveLength(1);
  expect(await sourcesOf(replaced)).toHaveLength(2);
  await resume();
  await stage.runJobs('clean-session');
  expect(await Array.fromAsync(sources.listMultiparts(canceled.key))).toEqual([]);
  expect(await stage.keys('sources', `staging/${staged.videoId}/`)).toEqual([]);
  expect(await sourcesOf(replaced)).toEqual([newer.key]);
});

test('the sweeper leaves even what no row names', async () => {
  const key = sourceKey(newId(), newId(), 'mp4');
  await stage.system().storage.sources.put(key, 'bytes', { contentType: 'video/mp4' });
  const today = newId().slice(0, 5);
  stage.passSeconds(3 * 86_400);
  while (!slicesOfHour(stage.now()).includes(today)) stage.passSeconds(3600);
  await pause();
  await sweepLeftovers(stage.system());
  expect(await stage.keys('sources', key)).toEqual([key]);
  await resume();
  await sweepLeftovers(stage.system());
  expect(await stage.keys('sources', key)).toEqual([]);
});

test('a pause waits for a removal that has begun, and for no other', async () => {
  const video = await stage.ready();
  await deleteVideo(stage.as(video.ownerId), video);
  const begun = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const happened: string[] = [];
  stage.gates.sources.deleteMany = () => {
    begun.resolve();
    return go.promise;
  };
  const purging = stage.runJobs('purge-video').then(() => happened.push('purged'));
  await begun.promise;
  const pausing = pause().then((paused) => {
    happened.push('paused');
    return paused;
  });
  // The pause holds already for everybody else: only its caller still waits.
  await waitFor('the pause to be committed', async () => {
    const [row] = await stage.sql<{ paused: boolean }>(
      'select paused_at is not null as paused from pipeline_control',
    );
    return row?.paused === true;
  });
  const other = removeSources(stage.system(), `uploads/${video.videoId}/`).catch((error: unknown) => error);
  const meanwhile = [await Promise.race([other, pausing]), ...happened];
  go.resolve();
  expect(meanwhile).toEqual([expect.any(PipelinePaused)]);
  expect((await pausing).removalsUnderWay).toBe(false);
  await purging;
  expect(await sourcesOf(video)).toEqual([]);
});

test('a pause in the midst of a purge keeps what is left, and the purge ends after the resume', async () => {
  const video = await stage.ready();
  const [first = ''] = await sourcesOf(video);
  const second = first.replace('source.mp4', 'rest');
  await stage.system().storage.sources.put(`staging/${video.videoId}/${video.sessionId}/x`, 'x', {
    contentType: 'video/mp4',
  });
  await deleteVideo(stage.as(video.ownerId), video);
  let removals = 0;
  stage.gates.sources.deleteManyAfter = async () => {
    removals += 1;
    // By its row alone: a pause would wait for this very removal.
    if (removals === 1) await stage.sql('update pipeline_control set paused_at = now()');
  };
  await stage.runJobs('purge-video');
  expect(removals).toBe(1);
  expect(await stage.keys('sources', second)).toEqual([]);
  expect(await stage.keys('sources', `staging/${video.videoId}/`)).toHaveLength(1);
  expect((await stage.keys('media', `videos/${video.videoId}/`)).length).toBeGreaterThan(0);
  stage.reset();
  await resume();
  await stage.runJobs('purge-video');
  expect(await stage.keys('sources', `staging/${video.videoId}/`)).toEqual([]);
  expect(await stage.keys('media', `videos/${video.videoId}/`)).toEqual([]);
});
