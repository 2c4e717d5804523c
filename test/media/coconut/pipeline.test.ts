import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { askProviders } from '#domain/transcode/ask-providers.ts';
import { playedStream } from '#test/media/mediaconvert/played-stream.ts';
import { makeClip } from '#test/support/clips.ts';
import { badGateway, noFaults, serverError, throttled } from '#test/support/coconut/faults.ts';
import { waitFor } from '#test/support/conditions.ts';
import { type CoconutDeployment, coconutDeployment } from './deployment.ts';

let deployment: CoconutDeployment;
beforeAll(async () => {
  deployment = await coconutDeployment({ MP4_RENDITIONS: 'true' });
});
afterEach(() => {
  Object.assign(deployment.fake.faults, noFaults());
});
afterAll(() => deployment?.close());

const attemptsOf = (videoId: string) =>
  deployment.pipeline.rows<{ state: string; fail_detail: string | null; provider: string }>(
    'select state, fail_detail, provider from transcode_jobs where video_id = ? order by created_at',
    [videoId],
  );
const ask = () => askProviders(deployment.pipeline.platform.context({ kind: 'system' }));

/** Lets minutes pass and the providers be asked, again and again, until it has come true. */
function whileAsking<T>(what: string, probe: () => Promise<T | false>): Promise<T> {
  return waitFor(
    what,
    async () => {
      const answer = await probe();
      if (answer !== false) return answer;
      await deployment.passMinutes(2);
      await ask();
      return false;
    },
    { everyMs: 250 },
  );
}

function untilReadyByAsking(videoId: string) {
  return whileAsking(`video ${videoId} to be READY`, async () => {
    const video = await deployment.pipeline.show(videoId);
    return video.status === 'READY' && video;
  });
}

test('a video is handed to Coconut with its rungs and plays when Coconut has called back', async () => {
  const { pipeline, fake, jobsOf } = deployment;
  const video = await pipeline.untilReady(await pipeline.uploadClip(await makeClip('hd')));
  expect(video).toMatchObject({ failReason: null, durationSeconds: 5, width: 1280, height: 720 });
  const played = await playedStream(video);
  expect(played.map(({ resolution }) => resolution)).toEqual(['1280x720', '854x480', '640x360']);
  for (const { resolution, durationSeconds, tracks } of played) {
    expect(durationSeconds).toBeCloseTo(5, 1);
    const [picture, sound] = [...tracks].sort((a, b) => b.kind.localeCompare(a.kind));
    expect(picture).toMatchObject({ kind: 'video', codec: 'h264', frames: 150 });
    expect(`${picture?.width}x${picture?.height}`).toBe(resolution);
    expect(sound).toMatchObject({ kind: 'audio', codec: 'aac', channels: 2 });
  }
  const [job, ...more] = jobsOf(video.id);
  expect(more).toEqual([]);
  await fake.idle();
  const told = fake.deliveries.filter(({ url }) => url === job?.request.notification.url);
  expect(told.map(({ event, status }) => `${event} ${status}`)).toEqual([
    'input.transferred 204',
    ...Array(5).fill('output.completed 204'),
    'job.completed 204',
    // The set's own, which comes late.
    'output.completed 204',
  ]);
  const assets = await pipeline.rows<{ type: string; quality_label: string | null }>(
    `select a.type, a.quality_label from video_assets a join videos v on v.id = a.video_id
     and v.current_version = a.version where v.id = ? order by a.type, a.quality_label`,
    [video.id],
  );
  expect(assets.map(({ type, quality_label }) => `${type} ${quality_label}`)).toEqual([
    'HLS_MASTER null',
    ...['360p', '480p', '720p'].map((label) => `HLS_RENDITION ${label}`),
    ...['360p', '480p', '720p'].map((label) => `MP4 ${label}`),
    'STORYBOARD cues',
    'STORYBOARD sprite',
    'THUMBNAIL poster',
  ]);
  const storyboard = await fetch(new URL('storyboard.vtt', video.playback?.streamUrl ?? ''));
  expect(await storyboard.text()).toMatch(/^WEBVTT\n[\s\S]*storyboard\.jpg#xywh=0,0,160,90/);
});

test('a silent and an upright source keep what they are, though Coconut tells everything twice', async () => {
  const { pipeline, fake } = deployment;
  fake.faults.notifications = 'twice';
  const silent = await pipeline.untilReady(await pipeline.uploadClip(await makeClip('silent')));
  expect((await playedStream(silent))[0]?.tracks).toMatchObject([{ kind: 'video', frames: 60 }]);
  const upright = await pipeline.untilReady(await pipeline.uploadClip(await makeClip('portrait')));
  expect((await playedStream(upright)).map(({ resolution }) => resolution)).toEqual(['180x320']);
  expect((await attemptsOf(upright.id)).map(({ state }) => state)).toEqual(['SUCCEEDED']);
});

test('a Coconut that never calls back is asked, and may be away or answer in HTML meanwhile', async () => {
  const { pipeline, fake, jobsOf } = deployment;
  const { promise: hold, resolve: goOn } = Promise.withResolvers<void>();
  Object.assign(fake.faults, { notifications: 'never', hold });
  const videoId = await pipeline.uploadClip(await makeClip('silent'));
  await waitFor('the job', async () => jobsOf(videoId).length === 1);
  fake.faults.answers = [serverError, badGateway];
  goOn();
  await untilReadyByAsking(videoId);
  expect(fake.faults.answers).toEqual([]);
  expect((await attemptsOf(videoId)).map(({ state }) => state)).toEqual(['SUCCEEDED']);
});

test('forged calls are refused, and one that comes three times is one event', async () => {
  const { pipeline, fake, jobsOf, url } = deployment;
  fake.faults.notifications = 'forged';
  const videoId = await pipeline.uploadClip(await makeClip('silent'));
  await waitFor('the job to be over', async () => jobsOf(videoId)[0]?.status === 'job.completed');
  await fake.idle();
  const forged = fake.deliveries.filter(({ url: to }) => to.includes('secret=guessed'));
  expect(new Set(forged.map(({ status }) => status))).toEqual(new Set([401]));
  // The plain form of the direct contract's document, at the address that only this job was given.
  const [job] = jobsOf(videoId);
  const body = JSON.stringify({ job_id: job?.id, status: 'completed', outputs: {} });
  for (const _ of [1, 2, 3]) {
    const answer = await fetch(job?.request.notification.url ?? url, { method: 'POST', body });
    expect(answer.status).toBe(204);
  }
  await pipeline.untilReady(videoId);
  expect((await attemptsOf(videoId)).map(({ state }) => state)).toEqual(['SUCCEEDED']);
  const events = await pipeline.rows('select id from provider_events where video_id = ?', [videoId]);
  expect(events).toHaveLength(1);
});

test('a submission whose answer was lost is adopted by its first call', async () => {
  const { pipeline, fake, jobsOf } = deployment;
  fake.faults.answers = [{ kind: 'lost' }];
  const videoId = await pipeline.uploadClip(await makeClip('silent'));
  await untilReadyByAsking(videoId);
  expect(jobsOf(videoId)).toHaveLength(1);
  expect((await attemptsOf(videoId)).map(({ state }) => state)).toEqual(['SUCCEEDED']);
});

test('a throttled submission waits its time', async () => {
  const { pipeline, fake, jobsOf } = deployment;
  fake.faults.answers = [throttled(1), throttled(1)];
  const videoId = await pipeline.uploadClip(await makeClip('silent'));
  await pipeline.untilReady(videoId);
  expect(fake.faults.answers).toEqual([]);
  expect(jobsOf(videoId)).toHaveLength(1);
  expect((await attemptsOf(videoId)).map(({ state }) => state)).toEqual(['SUCCEEDED']);
});

test('a job that Coconut forgets is made once more', async () => {
  const { pipeline, fake, jobsOf } = deployment;
  const { promise: hold, resolve: goOn } = Promise.withResolvers<void>();
  Object.assign(fake.faults, { notifications: 'never', hold });
  const videoId = await pipeline.uploadClip(await makeClip('silent'));
  await waitFor('the job', async () => jobsOf(videoId).length === 1);
  fake.faults.forgetsJobs = true;
  await whileAsking('the attempt to be replaced', async () => (await attemptsOf(videoId)).length === 2);
  fake.faults.forgetsJobs = false;
  goOn();
  await waitFor('the second job to be over', async () => jobsOf(videoId)[1]?.status === 'job.completed');
  await untilReadyByAsking(videoId);
  expect((await attemptsOf(videoId)).map(({ state }) => state)).toEqual(['LOST', 'SUCCEEDED']);
});

test('an output that can never be made ends the video with its reason, at the first try', async () => {
  const { pipeline, fake, jobsOf } = deployment;
  fake.faults.failingOutputs = { hls: 'transcoding_unsupported_video_codec' };
  const video = await pipeline.untilEnded(await pipeline.uploadClip(await makeClip('silent')));
  expect(video).toMatchObject({ status: 'FAILED', failReason: 'TRANSCODE_ERROR' });
  expect(jobsOf(video.id)).toHaveLength(1);
  expect(await attemptsOf(video.id)).toMatchObject([
    { state: 'FAILED', fail_detail: 'Coconut failed: hls: transcoding_unsupported_video_codec' },
  ]);
});

test('no secret and no signed address was logged in all of this', () => {
  const { logged, secrets, fake } = deployment;
  const text = logged();
  expect(text).toContain('attempt handed over');
  for (const [name, secret] of Object.entries(secrets)) expect(text, name).not.toContain(secret);
  expect(text).not.toContain('X-Amz-Signature');
  const given = [...fake.jobs.values()].map(({ request }) => new URL(request.notification.url));
  for (const { searchParams } of given) expect(text).not.toContain(searchParams.get('secret'));
});
