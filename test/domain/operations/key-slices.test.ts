import fc from 'fast-check';
import { v7 } from 'uuid';
import { expect, test } from 'vitest';
import { slicesOfHour } from '#domain/operations/key-slices.ts';

const HOUR_MS = 3_600_000;
const FIRST_MS = Date.UTC(2026, 0, 5);

test('whenever an id was made, each day has one round that looks at it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: FIRST_MS, max: Date.UTC(2036, 0, 1) }),
      fc.integer({ min: 0, max: 3 * 365 * 24 }),
      (madeMs, laterHours) => {
        const begin = v7({ msecs: madeMs }).slice(0, 5);
        const rounds = Array.from({ length: 24 }, (_, hour) =>
          slicesOfHour(new Date(madeMs + (laterHours + hour) * HOUR_MS)),
        );
        expect(rounds.filter((slices) => slices.includes(begin))).toHaveLength(1);
      },
    ),
    { numRuns: 200 },
  );
});

test('a round is a small share of the whole', () => {
  const inTenYears = slicesOfHour(new Date(Date.UTC(2036, 0, 1)));
  expect(inTenYears.length).toBeLessThan(60);
});
