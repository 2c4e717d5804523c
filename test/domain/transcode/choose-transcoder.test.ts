import { describe, expect, test } from 'vitest';
import { chooseTranscoder, fallbackAfter } from '#domain/transcode/choose-transcoder.ts';
import { planTranscode } from '#domain/transcode/plan-transcode.ts';
import { TRANSCODER_NAMES } from '#providers/transcoders/transcoder.ts';
import { sourceProbe, videoTrack } from '#test/support/tracks.ts';

const all = { defaultName: 'ffmpeg', configured: TRANSCODER_NAMES, fallbackName: 'coconut' } as const;

describe('who transcodes', () => {
  test.each([
    ['the request', 'coconut', 'mediaconvert', 'coconut'],
    ['the policy, where nobody asked', undefined, 'mediaconvert', 'mediaconvert'],
    ['the deployment, where the policy is silent', undefined, null, 'ffmpeg'],
  ] as const)('%s', (_, requested, policy, chosen) => {
    expect(chooseTranscoder(all, { requested, policy })).toBe(chosen);
  });

  test('one that a deployment has done away with is passed over', () => {
    const few = { defaultName: 'ffmpeg', configured: ['ffmpeg', 'mediaconvert'] } as const;
    expect(chooseTranscoder(few, { requested: 'coconut', policy: 'mediaconvert' })).toBe('mediaconvert');
    expect(chooseTranscoder(few, { requested: 'coconut', policy: null })).toBe('ffmpeg');
  });
});

describe('who tries next', () => {
  test.each(['TRANSCODE_ERROR', 'TRANSCODE_TIMEOUT', 'WORKER_LOST'] as const)(
    '%s: the fallback',
    (reason) => {
      expect(fallbackAfter(all, { provider: 'ffmpeg' }, reason)).toBe('coconut');
    },
  );

  test.each(['SOURCE_TRUNCATED', 'SOURCE_CHANGED', 'STORAGE_UNAVAILABLE', 'ROLLBACK'] as const)(
    '%s: nobody, since no transcoder is to blame',
    (reason) => {
      expect(fallbackAfter(all, { provider: 'ffmpeg' }, reason)).toBeNull();
    },
  );

  test.each([
    ['there is none', { ...all, fallbackName: null }, { provider: 'ffmpeg' }],
    ['it is not set up', { ...all, configured: ['ffmpeg'] }, { provider: 'ffmpeg' }],
    ['it was the one that failed', all, { provider: 'coconut' }],
    [
      'it was tried',
      { ...all, fallbackName: 'ffmpeg' },
      { provider: 'coconut', fallbackFrom: 'mediaconvert' },
    ],
    ['nothing was transcoded', all, { provider: 'import' }],
  ] as const)('nobody, when %s', (_, transcoders, job) => {
    expect(fallbackAfter(transcoders, job, 'TRANSCODE_ERROR')).toBeNull();
  });
});

test('each transcoder gets a plan of its own: its caps, and the segments that it can make', () => {
  const source = { key: 'uploads/source.mp4', etag: 'etag', sizeBytes: 1, demuxer: 'mov' } as const;
  const probe = sourceProbe({ video: videoTrack({ displayWidth: 1920, displayHeight: 1080 }) });
  const settings = {
    segmentContainer: 'fmp4',
    segmentSeconds: 4,
    audioBitsPerSecond: 128_000,
    mp4Renditions: false,
  } as const;
  const [ffmpeg, coconut, mediaconvert] = TRANSCODER_NAMES.map((name) =>
    planTranscode(source, probe, name, settings),
  );
  expect([ffmpeg, coconut, mediaconvert].map((plan) => plan?.segmentContainer)).toEqual([
    'fmp4',
    'ts',
    'fmp4',
  ]);
  expect(coconut?.ladder[0]).toMatchObject({ label: '1080p', maxVideoBitsPerSecond: 4_000_000 });
  expect(ffmpeg?.ladder[0]).toMatchObject({ label: '1080p', maxVideoBitsPerSecond: 5_000_000 });
  const asTs = planTranscode(source, probe, 'ffmpeg', { ...settings, segmentContainer: 'ts' });
  expect(asTs.segmentContainer).toBe('ts');
});
