import nock from 'nock';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { endpointOf } from '#providers/transcoders/coconut/endpoint.ts';
import {
  TranscodeFailure,
  TranscoderUnavailable,
  type TranscodeStatus,
} from '#providers/transcoders/transcoder.ts';
import { orderOf } from '#test/providers/ffmpeg/builders.ts';
import { directCall } from './direct-call.ts';
import { CREATED, JOBS } from './payloads.ts';
import { coconutWith, SECRETS } from './subject.ts';

const HOST = 'https://api-eu-west-1.coconut.co';
const call = directCall({ apiKey: SECRETS.apiKey, endpoint: endpointOf('eu-west-1') });
const prefix = 'videos/v/hls/1/';
const order = orderOf({ outputPrefix: prefix, mp4Renditions: true });
const job = { providerJobId: '2QcExample', order };

beforeAll(() => {
  nock.disableNetConnect();
});
afterEach(() => {
  nock.cleanAll();
});
afterAll(() => {
  nock.enableNetConnect();
  nock.restore();
});

const coconut = () => nock(HOST).matchHeader('authorization', /^Basic /);

function answersJob(body: object) {
  coconut().get('/v2/jobs/2QcExample').reply(200, body);
}

test('a job is created and named', async () => {
  const bodies: object[] = [];
  coconut()
    .post('/v2/jobs', (body) => bodies.push(body as object) > 0)
    .basicAuth({ user: SECRETS.apiKey, pass: '' })
    .reply(201, CREATED);
  expect(await coconutWith(call).submit(order)).toEqual({ providerJobId: CREATED.id });
  expect(bodies).toHaveLength(1);
});

test('every region has its own address', () => {
  expect(['us-east-1', 'us-west-2', 'eu-west-1'].map((region) => endpointOf(region as 'us-east-1'))).toEqual([
    'https://api.coconut.co/v2',
    'https://api-us-west-2.coconut.co/v2',
    'https://api-eu-west-1.coconut.co/v2',
  ]);
});

test.each([
  [CREATED, 0],
  [{ ...CREATED, status: 'job.processing', progress: '60%' }, 60],
  [{ ...CREATED, status: 'job.processing', progress: 42.5 }, 42.5],
  [{ ...CREATED, status: 'job.queued', progress: null }, 0],
  [{ ...CREATED, status: 'job.of-next-year', progress: 'half' }, 0],
  [{ status: 'job.processing', progress: '900%' }, 100],
])('%j runs', async (body, progressPercent) => {
  answersJob(body);
  expect(await coconutWith(call).status(job)).toEqual({ state: 'running', progressPercent });
});

test.each(['job.canceled', 'job.cancelled'])('%s is canceled', async (status) => {
  answersJob({ ...CREATED, status });
  expect(await coconutWith(call).status(job)).toEqual({ state: 'canceled' });
});

test('a completed job is what lies in storage: rungs by size, the rest only where it is', async () => {
  answersJob(JOBS.completed);
  const rendition = (key: string, width: number, height: number) => ({
    key: prefix + key,
    bandwidthBitsPerSecond: width * 1000,
    width,
    height,
    codecs: 'mp4a.40.2,avc1.64001f',
  });
  const transcoder = coconutWith(call, {
    renditions: [
      rendition('a.m3u8', 1280, 720),
      rendition('b.m3u8', 852, 480),
      rendition('c.m3u8', 640, 360),
      { ...rendition('sound.m3u8', 0, 0), width: null, height: null },
    ],
    audioKeys: [`${prefix}english.m3u8`],
    keys: [`${prefix}poster.jpg`, `${prefix}720p.mp4`, `${prefix}storyboard.vtt`],
  });
  const status = await transcoder.status(job);
  if (status.state !== 'succeeded') throw new Error(status.state);
  expect(status.output.masterKey).toBe(`${prefix}master.m3u8`);
  expect(status.output.durationSeconds).toBe(order.probe.durationSeconds);
  expect(
    status.output.assets.map(({ type, qualityLabel, key, width, height, container }) =>
      [type, qualityLabel, key.slice(prefix.length), width, height, container].join(' '),
    ),
  ).toEqual([
    'HLS_RENDITION 720p a.m3u8 1280 720 m3u8',
    'HLS_RENDITION 480p b.m3u8 852 480 m3u8',
    'HLS_RENDITION 360p c.m3u8 640 360 m3u8',
    'HLS_AUDIO audio english.m3u8   m3u8',
    'MP4 720p 720p.mp4 1280 720 mp4',
    'THUMBNAIL poster poster.jpg   jpg',
    'STORYBOARD cues storyboard.vtt   vtt',
  ]);
  expect(status.output.assets[0]).toMatchObject({ codec: 'avc1.64001f', bandwidthBitsPerSecond: 1_280_000 });
});

test('a completed job without a rung, or without its master playlist, has failed and may be tried again', async () => {
  const missing = new TranscodeFailure('TRANSCODE_ERROR', 'There is no master playlist');
  const subjects = [
    coconutWith(call),
    coconutWith(call, {
      playlists: { read: () => Promise.reject(missing), keysUnder: async () => new Set<string>() },
    }),
  ];
  for (const transcoder of subjects) {
    answersJob(JOBS.completed);
    expect(failureIn(await transcoder.status(job))).toMatchObject({
      code: 'TRANSCODE_ERROR',
      isFinal: false,
    });
  }
});

test('storage that cannot be read says nothing about the job', async () => {
  answersJob(JOBS.completed);
  const read = () => Promise.reject(new Error('storage is away'));
  const transcoder = coconutWith(call, { playlists: { read, keysUnder: async () => new Set<string>() } });
  await expect(transcoder.status(job)).rejects.toThrow('storage is away');
});

test('a failed job gives the reasons of its outputs', async () => {
  answersJob(JOBS.failed);
  const error = failureIn(await coconutWith(call).status(job));
  expect(error).toMatchObject({ code: 'TRANSCODE_ERROR', isFinal: false });
  expect(error.message).toBe(
    "Coconut failed: webm:480p: The media file couldn't be encoded because of a FFmpeg error.",
  );
});

test.each([
  [{ outputs: [{ key: 'hls', error_code: 'transcoding_unsupported_video_codec' }] }, true],
  [{ outputs: [{ key: 'hls', error: 'Error: source_is_not_a_valid_file' }] }, true],
  [{ input: { status: 'input.failed', error: 'source_http_403_error' } }, false],
  [{ error_code: 'source_video_too_long__free_plan_limitation', message: 'Upgrade' }, true],
  [{ error: 'out of luck', outputs: 'none' }, false],
  [{ outputs: [null, 7, { key: 8 }] }, false],
])('%j: another try with Coconut helps or not', async (job_, isFinal) => {
  answersJob({ status: 'job.failed', ...job_ });
  expect(failureIn(await coconutWith(call).status(job))).toMatchObject({ isFinal });
});

test('what Coconut repeats of our addresses and secrets goes no further', async () => {
  const error = `cannot fetch https://s3.example/a?${SECRETS.signature}, with ${SECRETS.storageSecret}\n${SECRETS.apiKey}`;
  answersJob({ status: 'job.failed', outputs: [{ key: 'hls', error }] });
  const { message } = failureIn(await coconutWith(call).status(job));
  expect(message).toBe('Coconut failed: hls: cannot fetch [address] with [secret] [secret]');
});

test.each([
  [400, { message: 'No.', error_code: 'notification_not_valid', status: 'error' }, 'transcoder_refused'],
  [401, { message: 'No.', error_code: 'authentication_failed', status: 'error' }, 'transcoder_refused'],
  [500, { message: 'Sorry.' }, 'transcoder_unreachable'],
])('%i %j', async (status, body, code) => {
  coconut().post('/v2/jobs').reply(status, body);
  await expect(coconutWith(call).submit(order)).rejects.toMatchObject({
    name: 'TranscoderUnavailable',
    code,
  });
});

test('a request that never leaves is no submission', async () => {
  coconut()
    .post('/v2/jobs')
    .replyWithError(Object.assign(new Error('getaddrinfo ENOTFOUND api'), { code: 'ENOTFOUND' }));
  const error = await coconutWith(call)
    .submit(order)
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TranscoderUnavailable);
  expect((error as TranscoderUnavailable).message).toBe('Coconut did not answer: ENOTFOUND');
});

function failureIn(status: TranscodeStatus): TranscodeFailure {
  if (status.state === 'failed' && status.error instanceof TranscodeFailure) return status.error;
  throw new Error(`the job is ${JSON.stringify(status)}`);
}
