import { expect, test } from 'vitest';
import { verifyEncode } from '#providers/transcoders/ffmpeg/encode-verification.ts';
import { planFrames } from '#providers/transcoders/ffmpeg/frame-plan.ts';
import type { RenditionResult } from '#providers/transcoders/ffmpeg/publish-playlists.ts';
import { orderOf } from './builders.ts';

/** 300 frames at 30 a second in segments of 120. */
const PLAN = planFrames(orderOf());

function rendition(label: string, counts: readonly number[], shiftSeconds = 0): RenditionResult {
  let startSeconds = 0;
  const segments = counts.map((sampleCount, index) => {
    const segment = {
      name: `segment_0000${index}.m4s`,
      sizeBytes: 1000,
      sampleCount,
      durationSeconds: sampleCount / 30,
      startSeconds: startSeconds + (index === 1 ? shiftSeconds : 0),
      samples: null,
    };
    startSeconds += segment.durationSeconds;
    return segment;
  });
  return { label, kind: 'video', codec: 'avc1.640028', init: null, segments };
}

const failureOf = (...results: readonly RenditionResult[]) => {
  try {
    verifyEncode(results, PLAN);
    return null;
  } catch (error) {
    return error;
  }
};

test('what was planned passes', () => {
  expect(failureOf(rendition('720p', [120, 120, 60]), rendition('360p', [120, 120, 60]))).toBeNull();
});

test('half a second may be missing, more is a source that breaks off', () => {
  expect(failureOf(rendition('720p', [120, 120, 45]))).toBeNull();
  expect(failureOf(rendition('720p', [120, 120, 44]))).toMatchObject({ code: 'SOURCE_TRUNCATED' });
  expect(failureOf(rendition('720p', [120]))).toMatchObject({ code: 'SOURCE_TRUNCATED' });
  expect(failureOf(rendition('720p', []))).toMatchObject({ code: 'SOURCE_NOT_VIDEO' });
});

test('renditions must be cut at the same frames', () => {
  const error = failureOf(rendition('720p', [120, 120, 60]), rendition('360p', [120, 120, 59]));
  expect(error).toMatchObject({ code: 'TRANSCODE_ERROR' });
  expect(failureOf(rendition('720p', [120, 60, 120]))).toMatchObject({ code: 'TRANSCODE_ERROR' });
});

test('a gap or an overlap between segments is refused', () => {
  expect(failureOf(rendition('720p', [120, 120, 60], 0.066))).toMatchObject({ code: 'TRANSCODE_ERROR' });
  expect(failureOf(rendition('720p', [120, 120, 60], -0.001))).toMatchObject({ code: 'TRANSCODE_ERROR' });
});
