import nock from 'nock';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { mediaConvertTranscoder } from '#providers/transcoders/mediaconvert/mediaconvert-transcoder.ts';
import type { OutputPlaylists } from '#providers/transcoders/output-playlists.ts';
import { TranscodeFailure, TranscoderUnavailable } from '#providers/transcoders/transcoder.ts';
import { requestSchema } from '#test/support/mediaconvert/request-schema.ts';
import { job, OUTPUT_GROUP_DETAILS, PROVIDER_JOB_ID } from './payloads.ts';
import { JOB_ID, orderOf, PLACE, probeOf } from './probes.ts';

const HOST = 'https://mediaconvert.us-east-1.amazonaws.com';
const ROOT = '/2017-08-29/jobs';
const schema = requestSchema();
const order = orderOf(probeOf(), { mp4Renditions: true });
const key = (name: string) => order.outputPrefix + name;

/** What MediaConvert wrote, as far as it is looked at. */
const written: OutputPlaylists = {
  read: async () => ({
    renditions: order.ladder.map(({ label, width, height, maxVideoBitsPerSecond }) => ({
      key: key(`master_${label}.m3u8`),
      bandwidthBitsPerSecond: maxVideoBitsPerSecond,
      width,
      height,
      codecs: 'avc1.640028,mp4a.40.2',
    })),
    audioKeys: [key('master_audio.m3u8')],
  }),
  keysUnder: async () => new Set([key('poster.0000000.jpg'), key('poster.0000001.jpg')]),
};

const transcoderOver = (outputs: OutputPlaylists = written) =>
  mediaConvertTranscoder({
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
    ...PLACE,
    outputs,
  });

const transcoder = transcoderOver();
const status = (by = transcoder) => by.status({ providerJobId: PROVIDER_JOB_ID, order });
const answering = (body: object, code = 200) =>
  nock(HOST).get(`${ROOT}/${PROVIDER_JOB_ID}`).reply(code, body);

beforeAll(() => nock.disableNetConnect());
afterEach(() => {
  expect(nock.pendingMocks()).toEqual([]);
});
afterAll(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

test("a job is submitted to the region's own endpoint by a request of the service's model", async () => {
  let sent: unknown;
  nock(HOST)
    .post(ROOT, (body) => {
      sent = schema.fromWire(body);
      return true;
    })
    .reply(201, job('SUBMITTED'));
  expect(await transcoderOver().submit(order)).toEqual({ providerJobId: PROVIDER_JOB_ID });
  expect(schema.problems(sent)).toEqual([]);
  expect(sent).toMatchObject({ ClientRequestToken: JOB_ID, UserMetadata: { jobId: JOB_ID } });
});

test.each([
  ['waits', job('SUBMITTED'), { state: 'running', progressPercent: 0 }],
  [
    'runs and does not say how far it is',
    job('PROGRESSING', { currentPhase: 'PROBING' }),
    { state: 'running', progressPercent: 0 },
  ],
  [
    'runs and knows no percentage',
    job('PROGRESSING', { jobPercentComplete: null }),
    { state: 'running', progressPercent: 0 },
  ],
  [
    'is half through',
    job('PROGRESSING', { jobPercentComplete: 50 }),
    { state: 'running', progressPercent: 50 },
  ],
  [
    'is as good as done',
    job('PROGRESSING', { jobPercentComplete: 100 }),
    { state: 'running', progressPercent: 99 },
  ],
  ['was canceled', job('CANCELED'), { state: 'canceled' }],
])('a job that %s is told as such', async (_, answer, expected) => {
  answering(answer);
  expect(await status()).toEqual(expected);
});

test('a finished job has the keys that its order implies, with what the master playlist says of them', async () => {
  answering(job('COMPLETE', { outputGroupDetails: OUTPUT_GROUP_DETAILS }));
  const finished = await status();
  expect(finished).toMatchObject({
    state: 'succeeded',
    output: { masterKey: key('master.m3u8'), durationSeconds: 60.04 },
  });
  const assets = finished.state === 'succeeded' ? finished.output.assets : [];
  expect(assets.map(({ type, qualityLabel, key: at }) => [type, qualityLabel, at])).toEqual([
    ...order.ladder.map(({ label }) => ['HLS_RENDITION', label, key(`master_${label}.m3u8`)]),
    ['HLS_AUDIO', 'audio', key('master_audio.m3u8')],
    ...order.ladder.map(({ label }) => ['MP4', label, key(`${label}.mp4`)]),
    ['THUMBNAIL', 'poster', key('poster.0000001.jpg')],
  ]);
  expect(assets[0]).toMatchObject({ codec: 'avc1.640028', bandwidthBitsPerSecond: 5_000_000, width: 1920 });
  expect(assets[4]).toMatchObject({ codec: 'mp4a.40.2' });
});

test('a finished job without durations, poster or sound is told as far as it goes', async () => {
  const bare = { ...written, keysUnder: async () => new Set<string>() };
  answering(job('COMPLETE'));
  const finished = await status(transcoderOver(bare));
  expect(finished).toMatchObject({ state: 'succeeded', output: { durationSeconds: 60 } });
  const types = finished.state === 'succeeded' ? finished.output.assets.map(({ type }) => type) : [];
  expect(types).not.toContain('THUMBNAIL');
});

test('a finished job whose master lacks a rung, or is not there, has failed', async () => {
  const lacking = { ...written, read: async () => ({ renditions: [], audioKeys: [] }) };
  answering(job('COMPLETE'));
  expect(await status(transcoderOver(lacking))).toMatchObject({ state: 'failed' });
  const none = {
    ...written,
    read: () => Promise.reject(new TranscodeFailure('TRANSCODE_ERROR', 'none there')),
  };
  answering(job('COMPLETE'));
  expect(await status(transcoderOver(none))).toMatchObject({
    state: 'failed',
    error: { message: 'none there' },
  });
});

test('storage that does not answer is not the fault of the job', async () => {
  const down = { ...written, read: () => Promise.reject(new Error('storage is away')) };
  answering(job('COMPLETE'));
  await expect(status(transcoderOver(down))).rejects.toThrow('storage is away');
});

const FINAL = [
  1010, 1020, 1021, 1022, 1030, 1040, 1041, 1042, 1043, 1056, 1060, 1075, 1076, 1080, 1091, 1092, 1093, 1401,
  1404, 1432, 1433, 1434, 1515, 1517, 1522, 1601, 1602, 1603, 1700,
];
const WORTH_ANOTHER = [
  1550, 1999, 3400, 3401, 3403, 3404, 3408, 3450, 3451, 3452, 3453, 3454, 3455, 3456, 3457, 3458, 3999,
];

test.each([
  ...FINAL.map((code) => [code, true] as const),
  ...WORTH_ANOTHER.map((code) => [code, false] as const),
])('error %i is final: %s', async (code, isFinal) => {
  answering(
    job('ERROR', { errorCode: code, errorMessage: 'Unable to open s3://sources/uploads/a/source.mp4' }),
  );
  const failed = await status();
  expect(failed).toMatchObject({ state: 'failed', error: { code: 'TRANSCODE_ERROR', isFinal } });
  const message = failed.state === 'failed' ? failed.error.message : '';
  expect(message).toContain(String(code));
  expect(message).not.toContain('uploads/a');
});

test('an error without a code is worth another try', async () => {
  answering(job('ERROR'));
  expect(await status()).toMatchObject({ state: 'failed', error: { isFinal: false } });
});

test('a job that the service does not know is unknown; a page that is not its answer says nothing', async () => {
  nock(HOST)
    .get(`${ROOT}/${PROVIDER_JOB_ID}`)
    .reply(404, { message: 'The job was not found' }, { 'x-amzn-errortype': 'NotFoundException' });
  expect(await status()).toEqual({ state: 'unknown' });
  nock(HOST)
    .get(`${ROOT}/${PROVIDER_JOB_ID}`)
    .times(2)
    .reply(404, '<html>nginx</html>', { 'content-type': 'text/html' });
  await expect(status()).rejects.toMatchObject({
    name: 'TranscoderUnavailable',
    code: 'transcoder_unreachable',
  });
});

test.each([
  [403, 'ForbiddenException', 'transcoder_refused'],
  [403, 'AccessDeniedException', 'transcoder_refused'],
  [403, 'ExpiredTokenException', 'transcoder_refused'],
  [403, 'UnrecognizedClientException', 'transcoder_refused'],
  [403, 'InvalidSignatureException', 'transcoder_refused'],
  [402, 'ServiceQuotaExceededException', 'transcoder_throttled'],
  [429, 'TooManyRequestsException', 'transcoder_throttled'],
  [400, 'ThrottlingException', 'transcoder_throttled'],
])('%i %s is %s, and says nothing about the job', async (code, name, expected) => {
  nock(HOST).get(`${ROOT}/${PROVIDER_JOB_ID}`).reply(code, { message: 'no' }, { 'x-amzn-errortype': name });
  const error = await status().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TranscoderUnavailable);
  expect(error).toMatchObject({ code: expected });
});
