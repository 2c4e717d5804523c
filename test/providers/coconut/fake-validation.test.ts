import { expect, test } from 'vitest';
import { jobRequest } from '#providers/transcoders/coconut/job-request.ts';
import { storageMembers } from '#providers/transcoders/coconut/output-storage.ts';
import { orderOf } from '#test/providers/ffmpeg/builders.ts';
import { parseFormat } from '#test/support/coconut/format-grammar.ts';
import { RequestRefused, validateJob } from '#test/support/coconut/job-validation.ts';

const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };
const JOB = jobRequest(orderOf({ outputPrefix: 'videos/v/hls/1/' }), {
  inputUrl: 'https://storage.example.com/a',
  notificationUrl: 'https://api.example.com/webhooks/coconut',
  storage: storageMembers({ service: 'dospaces', region: 'nyc3', bucket: 'media', credentials }),
});

// The stand-in is worth as much as what it refuses.
test.each([
  ['storage_service_not_valid', { storage: { ...JOB.storage, service: 'digitalocean' } }],
  ['storage_credentials_not_valid', { storage: { ...JOB.storage, credentials: { access_key_id: 'id' } } }],
  ['storage_param_not_valid', { storage: { ...JOB.storage, acl: 'open' } }],
  ['storage_param_not_valid', { storage: { ...JOB.storage, service: 's3other' } }],
  ['notification_not_valid', { notification: undefined }],
  ['notification_not_valid', { notification: { type: 'http', url: 'ftp://a.example' } }],
  ['params_not_valid', { input: {} }],
  ['params_not_valid', { job: true }],
  ['outputs_out_of_range', { outputs: {} }],
  ['output_param_not_valid', { outputs: { 'mp4:721p': { path: '/a.mp4' } } }],
  ['output_param_not_valid', { outputs: { 'mp4:720p': {} } }],
  ['output_param_not_valid', { outputs: { 'mp4:720p': { path: '/a//b.mp4' } } }],
  ['output_param_not_valid', { outputs: { 'mp4:720p': { path: '/a.mp4', if: 'always' } } }],
  ['output_param_not_valid', { outputs: { 'jpg:160x': { path: '/a.jpg', interval: 2 } } }],
  ['output_param_not_valid', { outputs: { 'jpg:160x': { path: '/a.jpg', interval: 2, offsets: [1] } } }],
  ['output_param_not_valid', { outputs: { httpstream: { hls_fmp4: true } } }],
  ['output_param_not_valid', { outputs: { httpstream: { hls: { path: '/' }, variants: ['webm:720p'] } } }],
  [
    'output_param_not_valid',
    { outputs: { 'mp4:720p': { key: 'a', path: '/a.mp4' }, 'mp4:360p': { key: 'a', path: '/b.mp4' } } },
  ],
])('the stand-in refuses with %s: %j', (errorCode, change) => {
  expect(() => validateJob(JOB)).not.toThrow();
  try {
    validateJob({ ...JOB, ...change });
  } catch (error) {
    if (error instanceof RequestRefused) return expect(error.errorCode).toBe(errorCode);
    throw error;
  }
  throw new Error('it was taken');
});

test.each(['mp4:720p:128k:quality=9', 'mp4:720p_360p', 'jpg:160x:64k', 'mp4:a:b:c:d', 'avi:720p', 'mp4:0x0'])(
  '%s is no format',
  (format) => {
    expect(() => parseFormat(format)).toThrow();
  },
);

test('formats are read as Coconut reads them', () => {
  expect(parseFormat('mp4:480p::quality=4,maxrate=1500K')).toMatchObject({
    height: 480,
    width: null,
    hasAudio: true,
  });
  expect(parseFormat('mp4:x:64k')).toMatchObject({ hasVideo: false, hasAudio: true });
  expect(parseFormat('mp4:1280x720_2000k_h264_30fps:x')).toMatchObject({ width: 1280, hasAudio: false });
});
