import fc from 'fast-check';
import { expect, test } from 'vitest';
import { asRanges, partCountFor, partLength, partSizeFor } from '#domain/upload/part-plan.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
/** 10,000 parts of 5 GiB: what S3 can hold in one upload. */
const LARGEST_BYTES = 10_000 * 5 * GIB;

/** As many small files as huge ones, and sizes just beside those where the plan changes. */
const sizes = fc.oneof(
  fc.integer({ min: 1, max: 64 * MIB }),
  fc.integer({ min: 1, max: LARGEST_BYTES }),
  fc
    .tuple(fc.integer({ min: 1, max: 5 * 1024 }), fc.integer({ min: -1, max: 1 }))
    .map(([sizeMib, beside]) => Math.min(LARGEST_BYTES, 10_000 * sizeMib * MIB + beside)),
  fc.constant(LARGEST_BYTES),
);

test('parts are what S3 takes, for every size up to 48.8 TiB', () => {
  fc.assert(
    fc.property(sizes, (sizeBytes) => {
      const partSizeBytes = partSizeFor(sizeBytes);
      expect(partSizeBytes).toBeGreaterThanOrEqual(5 * MIB);
      expect(partSizeBytes).toBeLessThanOrEqual(5 * GIB);
      expect(partSizeBytes % MIB).toBe(0);
      expect(partCountFor(sizeBytes, partSizeBytes)).toBeLessThanOrEqual(10_000);
    }),
    { numRuns: 2000 },
  );
});

test('parts tile the file: equal ones, then one that is neither empty nor longer', () => {
  fc.assert(
    fc.property(sizes, (sizeBytes) => {
      const partSizeBytes = partSizeFor(sizeBytes);
      const count = partCountFor(sizeBytes, partSizeBytes);
      const last = partLength(sizeBytes, partSizeBytes, count);
      expect(last).toBeGreaterThan(0);
      expect(last).toBeLessThanOrEqual(partSizeBytes);
      expect((count - 1) * partSizeBytes + last).toBe(sizeBytes);
      if (count > 1) expect(partLength(sizeBytes, partSizeBytes, count - 1)).toBe(partSizeBytes);
    }),
    { numRuns: 2000 },
  );
});

/** From 5 MiB, the least S3 takes, to more than any client would say. */
const maxPartSizes = fc.integer({ min: 5 * MIB, max: 200 * MIB });

test('what a client can hold is kept to, unless 10,000 parts would not be enough', () => {
  fc.assert(
    fc.property(sizes, maxPartSizes, (sizeBytes, maxPartSizeBytes) => {
      const partSizeBytes = partSizeFor(sizeBytes, maxPartSizeBytes);
      expect(partSizeBytes).toBeGreaterThanOrEqual(5 * MIB);
      expect(partSizeBytes % MIB).toBe(0);
      expect(partCountFor(sizeBytes, partSizeBytes)).toBeLessThanOrEqual(10_000);
      if (partSizeBytes > Math.min(maxPartSizeBytes, 64 * MIB))
        expect(partCountFor(sizeBytes, partSizeBytes - MIB)).toBeGreaterThan(10_000);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  [1, 8, 128],
  [8, 16, 512],
  [20, 32, 640],
  [100, 64, 1600],
  [1024, 105, 9987],
  [Math.floor(48.8 * 1024), 5118, 9999],
])('%d GiB are cut into parts of %d MiB, %d of them', (sizeGib, partSizeMib, partCount) => {
  const partSizeBytes = partSizeFor(sizeGib * GIB);
  expect([partSizeBytes / MIB, partCountFor(sizeGib * GIB, partSizeBytes)]).toEqual([partSizeMib, partCount]);
});

test.each([
  [100 * GIB, 16, 16],
  [100 * GIB, 20, 20],
  [1 * GIB, 5, 5],
  [1 * GIB, 6.7, 6],
  [1024 * GIB, 16, 105],
  [1 * GIB, 500, 8],
])(
  '%d bytes for a client that can hold %d MiB are cut into parts of %d MiB',
  (sizeBytes, maxMib, partMib) => {
    expect(partSizeFor(sizeBytes, maxMib * MIB) / MIB).toBe(partMib);
  },
);

test('what phones send is cut into few parts', () => {
  expect(partSizeFor(200 * MIB)).toBe(8 * MIB);
  expect(partCountFor(1.5 * GIB, partSizeFor(1.5 * GIB))).toBeLessThanOrEqual(1000);
});

test('ranges name exactly the numbers that were given', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 60 })), (numbers) => {
      const sorted = numbers.toSorted((a, b) => a - b);
      const spelled = asRanges(sorted);
      const named = spelled === '' ? [] : spelled.split(',').flatMap(numbersIn);
      expect(named).toEqual(sorted);
      // Neighbours are joined: no shorter way says the same.
      expect(spelled === '' ? 0 : spelled.split(',').length).toBe(
        sorted.filter((n, i) => i === 0 || sorted[i - 1] !== n - 1).length,
      );
    }),
  );
});

test.each([
  [[], ''],
  [[7], '7'],
  [[1, 2, 3, 7], '1-3,7'],
  [[7, 19, 20], '7,19-20'],
])('%j is "%s"', (numbers, spelled) => {
  expect(asRanges(numbers)).toBe(spelled);
});

function numbersIn(range: string): number[] {
  const [first = 0, last = first] = range.split('-').map(Number);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
