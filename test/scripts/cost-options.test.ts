import { describe, expect, test } from 'vitest';
import { describedSource } from '#scripts/cost/described-source.ts';
import { lengthSeconds, pictureSize } from '#scripts/cost/options.ts';

describe('a length', () => {
  test.each([
    ['90', 5400],
    ['0.5', 30],
    ['1h30m', 5400],
    ['2h', 7200],
    ['45s', 45],
    ['1h0m5s', 3605],
  ])('%s is %d s', (text, seconds) => expect(lengthSeconds(text)).toBe(seconds));

  test.each(['tour.mp4', './90', '1h30', '-5', '1d', '', 'h', '1e3'])('%j is a file', (text) =>
    expect(lengthSeconds(text)).toBeNull(),
  );
});

test('a size is named by its height or spelled out', () => {
  expect(pictureSize('1080p')).toEqual({ width: 1920, height: 1080 });
  expect(pictureSize('480p')).toEqual({ width: 854, height: 480 });
  expect(pictureSize('720x1280')).toEqual({ width: 720, height: 1280 });
  for (const text of ['0x0', '9000x9000', '1p', '1080', 'x'])
    expect(() => pictureSize(text), text).toThrow(/1080p/);
});

test('29.97 frames a second are 30000/1001, as a probe would say', () => {
  const rateOf = (framesPerSecond: number) =>
    describedSource({ seconds: 1, size: { width: 2, height: 2 }, framesPerSecond, hasSound: true }).probe
      .video.averageFrameRate;
  expect(rateOf(29.97)).toEqual({ numerator: 30_000, denominator: 1001 });
  expect(rateOf(30)).toEqual({ numerator: 30_000, denominator: 1000 });
});
