import {
  BadRequestException,
  CreateJobCommand,
  type CreateJobCommandInput,
  MediaConvertClient,
} from '@aws-sdk/client-mediaconvert';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findFfmpeg } from '#providers/transcoders/ffmpeg/ffmpeg-binaries.ts';
import { jobRequest } from '#providers/transcoders/mediaconvert/job-request.ts';
import type { TranscodeOrder } from '#providers/transcoders/transcoder.ts';
import { audioTrack } from '#test/support/tracks.ts';
import { type MediaConvertSubject, mediaConvertSubject, TEST_ROLE_ARN } from './subject.ts';

let subject: MediaConvertSubject;
let client: MediaConvertClient;
beforeAll(async () => {
  subject = await mediaConvertSubject(await findFfmpeg({ pathVariable: process.env.PATH ?? '' }));
  client = new MediaConvertClient({
    region: 'us-east-1',
    endpoint: subject.fake.url,
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
  });
});
afterAll(async () => {
  client?.destroy();
  await subject?.close();
});

async function finished(order: TranscodeOrder) {
  const { providerJobId } = await subject.transcoder.submit(order);
  await subject.fake.settled();
  return subject.transcoder.status({ providerJobId, order });
}

/** A request as the adapter would make it, with something wrong in it. */
async function send(order: TranscodeOrder, spoil: (request: CreateJobCommandInput) => void) {
  const request = jobRequest(order, { ...subject.buckets, roleArn: TEST_ROLE_ARN });
  spoil(request);
  const { Job } = await client.send(new CreateJobCommand(request));
  return Job?.Id ?? '';
}

test('transport streams carry sound and picture in each rung', async () => {
  const order = await subject.order('surround', { segmentContainer: 'ts' });
  const status = await finished(order);
  expect(status).toMatchObject({ state: 'succeeded' });
  const assets = status.state === 'succeeded' ? status.output.assets : [];
  expect(assets.map(({ type }) => type)).toEqual(['HLS_RENDITION', 'HLS_RENDITION', 'THUMBNAIL']);
  const master = await subject.readOutput(`${order.outputPrefix}master.m3u8`);
  expect(master).toMatch(/CODECS="avc1\.[0-9a-f]{6},mp4a\.40\.2"/);
  expect(master).not.toContain('EXT-X-MEDIA');
});

test('all rungs can be switched at the same places', async () => {
  const order = await subject.order('ntsc');
  expect(await finished(order)).toMatchObject({ state: 'succeeded' });
  const lengths = await Promise.all(
    order.ladder.map(async ({ label }) =>
      (await subject.readOutput(`${order.outputPrefix}master_${label}.m3u8`)).match(/#EXTINF:[\d.]+/g),
    ),
  );
  expect(lengths[0]).toHaveLength(2);
  expect(lengths[1]).toEqual(lengths[0]);
});

test.each(['hdr-pq', 'variable-rate', 'hevc-rotated', 'mkv'] as const)(
  '%s becomes what its ladder says',
  async (clip) => {
    const order = await subject.order(clip);
    const status = await finished(order);
    expect(status).toMatchObject({ state: 'succeeded' });
    const master = await subject.readOutput(`${order.outputPrefix}master.m3u8`);
    for (const { width, height } of order.ladder) expect(master).toContain(`RESOLUTION=${width}x${height}`);
  },
);

test('sound that is ordered of a silent source fails the job for good', async () => {
  const silent = await subject.order('silent');
  const wrong = { ...silent, probe: { ...silent.probe, audio: audioTrack() } };
  expect(await finished(wrong)).toMatchObject({ state: 'failed', error: { isFinal: true } });
});

test('a source that is not there fails the job for good', async () => {
  const order = await subject.order('one-frame');
  const gone = { ...order, source: { ...order.source, key: 'uploads/gone.mp4' } };
  const status = await finished(gone);
  expect(status).toMatchObject({ state: 'failed', error: { code: 'TRANSCODE_ERROR', isFinal: true } });
});

test('what the model of the service refuses is refused over the wire, before any job', async () => {
  const order = await subject.order('one-frame');
  const jobs = subject.fake.jobs.newestFirst().length;
  await expect(send(order, (request) => void Object.assign(request, { Priority: 51 }))).rejects.toThrow(
    BadRequestException,
  );
  await expect(
    send(order, ({ Settings }) => {
      const [output] = Settings?.OutputGroups?.[0]?.Outputs ?? [];
      const settings = output?.VideoDescription?.CodecSettings?.H264Settings;
      if (settings) Reflect.deleteProperty(settings, 'MaxBitrate');
    }),
  ).rejects.toThrow('MaxBitrate is required');
  expect(subject.fake.jobs.newestFirst()).toHaveLength(jobs);
  expect(subject.fake.requests.at(-1)?.UserMetadata).toEqual({ jobId: order.jobId, videoId: order.videoId });
});

test('within a minute the same token gives the same job', async () => {
  const order = await subject.order('one-frame');
  const nothing = () => undefined;
  expect(await send(order, nothing)).toBe(await send(order, nothing));
  await subject.fake.settled();
});
