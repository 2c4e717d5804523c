import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { askProviders } from '#domain/transcode/ask-providers.ts';
import { makeClip } from '#test/support/clips.ts';
import { waitFor } from '#test/support/conditions.ts';
import { requestSchema } from '#test/support/mediaconvert/request-schema.ts';
import { type MediaConvertDeployment, mediaConvertDeployment } from './deployment.ts';
import { playedStream } from './played-stream.ts';

const schema = requestSchema();

let deployment: MediaConvertDeployment;
beforeAll(async () => {
  deployment = await mediaConvertDeployment({ MP4_RENDITIONS: 'true' });
});
afterEach(() => {
  deployment.fake.events.mood = 'in order';
  deployment.fake.faults.clear();
  const refused = deployment.fake.requests.flatMap((request) => schema.problems(request));
  expect(refused).toEqual([]);
});
afterAll(() => deployment?.close());

const assetsOf = (videoId: string) =>
  deployment.pipeline.rows<{ type: string; quality_label: string; file_key: string; codec: string }>(
    `select a.type, a.quality_label, a.file_key, a.codec from video_assets a
     join videos v on v.id = a.video_id and v.current_version = a.version where v.id = ? order by a.type`,
    [videoId],
  );
const jobsOf = (videoId: string) =>
  deployment.fake.jobs.newestFirst().filter(({ request }) => request.UserMetadata?.videoId === videoId);

test('a phone video is handed to MediaConvert and plays when its event says so', async () => {
  const { pipeline, fake } = deployment;
  const video = await pipeline.untilReady(await pipeline.uploadClip(await makeClip('h264')));
  expect(video).toMatchObject({ failReason: null, durationSeconds: 3, width: 320, height: 180 });
  const [picture, sound, ...rest] = await playedStream(video);
  expect(rest).toEqual([]);
  expect(picture).toMatchObject({
    resolution: '320x180',
    tracks: [{ kind: 'video', codec: 'h264', width: 320, height: 180, frames: 90 }],
  });
  expect(picture?.durationSeconds).toBeCloseTo(3, 1);
  expect(sound).toMatchObject({ resolution: null, tracks: [{ kind: 'audio', codec: 'aac', channels: 2 }] });
  expect((await assetsOf(video.id)).map(({ type, quality_label }) => [type, quality_label])).toEqual([
    ['HLS_AUDIO', 'audio'],
    ['HLS_MASTER', null],
    ['HLS_RENDITION', '180p'],
    ['MP4', '180p'],
    ['THUMBNAIL', 'poster'],
  ]);
  expect(jobsOf(video.id)).toHaveLength(1);
  const told = fake.events.sent.filter(({ event }) => event.detail.jobId === jobsOf(video.id)[0]?.id);
  expect(told.map(({ event, status }) => [event.detail.status, status])).toEqual([
    ['PROGRESSING', 204],
    ['INPUT_INFORMATION', 204],
    ['STATUS_UPDATE', 204],
    ['STATUS_UPDATE', 204],
    ['COMPLETE', 204],
  ]);
  const poster = await fetch(video.posterUrl ?? '');
  expect([poster.status, poster.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
});

test('a source without sound makes a job without sound', async () => {
  const { pipeline } = deployment;
  const video = await pipeline.untilReady(await pipeline.uploadClip(await makeClip('silent')));
  const [picture, ...rest] = await playedStream(video);
  expect(rest).toEqual([]);
  expect(picture?.tracks).toMatchObject([{ kind: 'video', frames: 60 }]);
});

test('a portrait video stays upright', async () => {
  const { pipeline } = deployment;
  const upright = await pipeline.untilReady(await pipeline.uploadClip(await makeClip('portrait')));
  const turned = await pipeline.untilReady(
    await pipeline.uploadClip(await makeClip('hevc-rotated'), { mime: 'video/quicktime' }),
  );
  for (const video of [upright, turned]) {
    const [picture] = await playedStream(video);
    expect(picture).toMatchObject({ resolution: '180x320', tracks: [{ width: 180, height: 320 }] });
  }
});

test('a service that never calls back is asked, and answers the same', async () => {
  const { pipeline, fake } = deployment;
  fake.events.mood = 'never';
  const videoId = await pipeline.uploadClip(await makeClip('h264'));
  await waitFor('the job', async () => jobsOf(videoId).some(({ status }) => status === 'COMPLETE'));
  expect((await pipeline.show(videoId)).status).toBe('TRANSCODING');
  await pipeline.rows(
    "update transcode_jobs set asked_at = asked_at - interval '2 minutes' where video_id = ?",
    [videoId],
  );
  await askProviders(pipeline.platform.context({ kind: 'system' }));
  expect((await pipeline.show(videoId)).status).toBe('READY');
  await playedStream(await pipeline.show(videoId));
});

test('events that come twice, backwards and from another queue give one version', async () => {
  const { pipeline, fake } = deployment;
  fake.events.mood = 'reversed';
  const video = await pipeline.untilReady(await pipeline.uploadClip(await makeClip('silent')));
  await fake.settled();
  const attempts = await pipeline.rows<{ state: string }>(
    'select state from transcode_jobs where video_id = ?',
    [video.id],
  );
  expect(attempts).toEqual([{ state: 'SUCCEEDED' }]);
  expect(new Set(fake.events.sent.map(({ status }) => status))).toEqual(new Set([204]));
  expect((await pipeline.show(video.id)).status).toBe('READY');
});

test('an accepted job whose answer was lost is found again, and not paid for twice', async () => {
  const { pipeline, fake } = deployment;
  fake.events.mood = 'never';
  fake.faults.plan({ kind: 'lost' }, { action: 'CreateJob', times: 2 });
  const videoId = await pipeline.uploadClip(await makeClip('silent'));
  await waitFor('the job', async () => jobsOf(videoId).some(({ status }) => status === 'COMPLETE'));
  // The worker that had called is taken for dead; whoever notices asks the service for the job.
  await pipeline.rows('update transcode_jobs set lease_until = now() where video_id = ?', [videoId]);
  const video = await waitFor('READY', async () => {
    await askProviders(pipeline.platform.context({ kind: 'system' }));
    const shown = await pipeline.show(videoId);
    return shown.status === 'READY' && shown;
  });
  expect(jobsOf(video.id)).toHaveLength(1);
  await playedStream(video);
});
