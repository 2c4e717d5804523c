import fc from 'fast-check';
import { expect, test } from 'vitest';
import { frameGrid, perSecond } from '#domain/transcode/frame-grid.ts';
import { videoTrack } from '#test/support/tracks.ts';

const rate = (numerator: number, denominator = 1) => ({ numerator, denominator });
const gridOf = (averageFrameRate: { numerator: number; denominator: number }, variableFrameRate = false) =>
  frameGrid(videoTrack({ averageFrameRate, variableFrameRate }));

test.each([
  rate(24_000, 1001),
  rate(30_000, 1001),
  rate(25),
  rate(60),
  rate(15),
  rate(12_500, 1000),
  rate(1),
])('a constant %o stays what it is, as the exact fraction', (given) => {
  expect(gridOf(given)).toEqual(given);
});

test.each([
  [rate(2997, 101), rate(30_000, 1001)],
  [rate(241, 10), rate(24)],
  [rate(2999, 100), rate(30)],
  [rate(5, 1), rate(24_000, 1001)],
  [rate(47, 1), rate(50)],
])('a variable %o goes to the usual rate nearest to it', (given, wanted) => {
  expect(gridOf(given, true)).toEqual(wanted);
});

test.each([[rate(120)], [rate(240_000, 1001)], [rate(100)], [rate(1000)]])('%o is thinned to 60', (given) => {
  for (const variable of [true, false]) expect(gridOf(given, variable)).toEqual(rate(60));
});

test.each([[rate(0)], [rate(0, 0)], [rate(30, 0)], [rate(-25)]])(
  '%o means nothing and becomes 30',
  (given) => {
    expect(gridOf(given)).toEqual(rate(30));
  },
);

test('the grid is always a positive rate of at most 60', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer(), fc.boolean(), (numerator, denominator, variable) => {
      const grid = perSecond(gridOf({ numerator, denominator }, variable));
      expect(grid).toBeGreaterThan(0);
      expect(grid).toBeLessThanOrEqual(60);
    }),
  );
});
