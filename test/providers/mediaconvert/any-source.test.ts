import type { CreateJobCommandInput } from '@aws-sdk/client-mediaconvert';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jobRequest } from '#providers/transcoders/mediaconvert/job-request.ts';
import type { SourceProbe } from '#providers/transcoders/source-inspector.ts';
import { TranscodeFailure } from '#providers/transcoders/transcoder.ts';
import { requestSchema } from '#test/support/mediaconvert/request-schema.ts';
import { ruleProblems } from '#test/support/mediaconvert/service-rules.ts';
import { orderOf, PLACE, probeOf } from './probes.ts';

const schema = requestSchema();

const side = (max: number) =>
  fc.oneof(
    fc.integer({ min: 1, max }),
    fc.constantFrom(2, 31, 32, 33, 176, 359, 360, 480, 719, 720, 1080, 2160),
  );
const rational = (max: number) =>
  fc.record({ numerator: fc.integer({ min: 1, max }), denominator: fc.integer({ min: 1, max }) });
const rate = fc.oneof(
  fc.constantFrom(
    { numerator: 24_000, denominator: 1001 },
    { numerator: 30_000, denominator: 1001 },
    { numerator: 25, denominator: 1 },
    { numerator: 60, denominator: 1 },
    { numerator: 240, denominator: 1 },
    { numerator: 0, denominator: 1 },
    { numerator: 2_147_483_647, denominator: 71_582_788 },
  ),
  rational(1_000_000),
);

/** Anything that a probe may say of a file that is within the limits. */
const anyProbe: fc.Arbitrary<SourceProbe> = fc
  .record({
    codedWidth: side(8192),
    codedHeight: side(4320),
    sampleAspectRatio: fc.oneof(fc.constant({ numerator: 1, denominator: 1 }), rational(64)),
    rotationDegrees: fc.constantFrom(0, 90, 180, 270),
    averageFrameRate: rate,
    variableFrameRate: fc.boolean(),
    interlaced: fc.boolean(),
    hdr: fc.constantFrom(null, 'pq', 'hlg'),
    durationSeconds: fc.oneof(
      fc.constantFrom(0, 0.033, 1, 43_200),
      fc.double({ min: 0, max: 43_200, noNaN: true }),
    ),
    demuxer: fc.constantFrom('mov', 'matroska', 'avi', 'asf', 'mpegts'),
    channels: fc.option(fc.integer({ min: 1, max: 64 })),
  })
  .map(({ demuxer, channels, durationSeconds, ...video }) => {
    const { codedWidth, codedHeight, sampleAspectRatio: sar, rotationDegrees } = video;
    const shown = Math.max(1, Math.round((codedWidth * sar.numerator) / sar.denominator));
    const upright = rotationDegrees % 180 === 0;
    const size = {
      displayWidth: upright ? shown : codedHeight,
      displayHeight: upright ? codedHeight : shown,
    };
    const audio = channels === null ? null : { channels };
    return probeOf({ ...video, ...size, durationSeconds }, audio, { demuxer });
  });

const anySettings = fc.record({
  segmentContainer: fc.constantFrom('fmp4', 'ts'),
  segmentSeconds: fc.integer({ min: 1, max: 12 }),
  audioBitsPerSecond: fc.integer({ min: 1_000, max: 1_000_000 }),
  mp4Renditions: fc.boolean(),
});

function pictureSizes({ Settings }: CreateJobCommandInput): { width: number; height: number }[] {
  return (Settings?.OutputGroups ?? [])
    .flatMap(({ Outputs = [] }) => Outputs)
    .flatMap(({ VideoDescription: video }) =>
      video ? [{ width: video.Width ?? 0, height: video.Height ?? 0 }] : [],
    );
}

test('any probed source and any settings give a request that the service takes, and nothing is scaled up', () => {
  let taken = 0;
  fc.assert(
    fc.property(anyProbe, anySettings, (probe, settings) => {
      const order = orderOf(probe, settings);
      const { displayWidth, displayHeight } = probe.video;
      const possible = order.ladder.every(
        ({ width, height }) => Math.min(width, height) >= 32 && Math.max(width, height) <= 4096,
      );
      if (!possible) {
        expect(() => jobRequest(order, PLACE)).toThrow(TranscodeFailure);
        return;
      }
      const request = jobRequest(order, PLACE);
      taken += 1;
      expect(schema.problems(request)).toEqual([]);
      expect(ruleProblems(request)).toEqual([]);
      for (const { width, height } of pictureSizes(request)) {
        expect(width).toBeLessThanOrEqual(displayWidth);
        expect(height).toBeLessThanOrEqual(displayHeight);
      }
      expect(JSON.stringify(request).includes('AudioSourceName')).toBe(probe.audio !== null);
    }),
    { numRuns: 500 },
  );
  expect(taken).toBeGreaterThan(100);
});
