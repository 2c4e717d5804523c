import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DomainError } from '#domain/errors.ts';
import { type ClientPart, refuseUnlessWhole } from '#domain/upload/compare-parts.ts';
import { asRanges, partCountFor, partLength } from '#domain/upload/part-plan.ts';
import type { StoredPart } from '#providers/storage/object-store.ts';

const session = { sizeBytes: 25, partSizeBytes: 10 };
const etagOf = (partNumber: number) => partNumber.toString(16).padStart(32, 'a');
const whole = ({ sizeBytes, partSizeBytes }: typeof session): StoredPart[] =>
  Array.from({ length: partCountFor(sizeBytes, partSizeBytes) }, (_, i) => ({
    partNumber: i + 1,
    sizeBytes: partLength(sizeBytes, partSizeBytes, i + 1),
    etag: etagOf(i + 1),
  }));

function refusalOf(
  stored: StoredPart[],
  client: ClientPart[] = [],
  of: { sizeBytes: number | null; partSizeBytes: number } = session,
): DomainError | null {
  try {
    refuseUnlessWhole(of, stored, client);
    return null;
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}

test('exactly the parts of the plan pass, whatever their order', () => {
  expect(refusalOf(whole(session).reverse())).toBeNull();
});

test('of any set of parts exactly the missing and the wrongly sized ones are named', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 20 }),
      fc.infiniteStream(fc.constantFrom('good', 'good', 'absent', 'short', 'long', 'empty')),
      (sizeBytes, partSizeBytes, fates) => {
        const plan = { sizeBytes, partSizeBytes };
        const bad: number[] = [];
        const stored = whole(plan).flatMap((part) => {
          const fate: string = fates.next().value;
          if (fate !== 'good') bad.push(part.partNumber);
          if (fate === 'absent') return [];
          const change =
            new Map([
              ['short', -1],
              ['long', 1],
              ['empty', -part.sizeBytes],
            ]).get(fate) ?? 0;
          return [{ ...part, sizeBytes: part.sizeBytes + change }];
        });
        const refusal = refusalOf(stored, [], plan);
        if (bad.length === 0) expect(refusal).toBeNull();
        else expect(refusal).toMatchObject({ code: 'parts_missing', members: { missing: asRanges(bad) } });
      },
    ),
  );
});

test('parts that merely add up to the size are not the file', () => {
  const shifted = [
    { partNumber: 1, sizeBytes: 9, etag: etagOf(1) },
    { partNumber: 2, sizeBytes: 11, etag: etagOf(2) },
    { partNumber: 3, sizeBytes: 5, etag: etagOf(3) },
  ];
  expect(refusalOf(shifted)).toMatchObject({ code: 'parts_missing', members: { missing: '1-2' } });
});

test('an ETag that the client has not from storage is refused before anything else', () => {
  const parts = whole(session);
  expect(refusalOf(parts, [{ partNumber: 2, etag: 'f'.repeat(32) }])).toMatchObject({
    code: 'parts_mismatch',
    members: { mismatched: '2' },
  });
});

test.each([`"${etagOf(2)}"`, etagOf(2).toUpperCase(), `W/"${etagOf(2)}"`])('%s is the same ETag', (etag) => {
  expect(refusalOf(whole(session), [{ partNumber: 2, etag }])).toBeNull();
});

test('a part too many is refused, in storage as in the list of the client', () => {
  const surplus = { partNumber: 4, sizeBytes: 10, etag: etagOf(4) };
  expect(refusalOf([...whole(session), surplus])).toMatchObject({
    code: 'parts_mismatch',
    members: { mismatched: '4' },
  });
  expect(refusalOf(whole(session), [{ partNumber: 4, etag: etagOf(4) }])).toMatchObject({
    code: 'parts_mismatch',
    members: { mismatched: '4' },
  });
});

describe('of an upload of unknown size', () => {
  const unsized = { sizeBytes: null, partSizeBytes: 10 };
  const parts = (...sizes: number[]): StoredPart[] =>
    sizes.map((sizeBytes, index) => ({ partNumber: index + 1, sizeBytes, etag: etagOf(index + 1) }));
  const refusal = (stored: StoredPart[], client: ClientPart[] = []) => refusalOf(stored, client, unsized);

  test.each([[[10]], [[3]], [[10, 10]], [[10, 10, 1]], [[7, 7, 7, 2]]])(
    'parts of %j fit each other, whatever size was meant',
    (sizes) => {
      expect(refusal(parts(...sizes))).toBeNull();
    },
  );

  test.each([
    [[], '1'],
    [[10, 9, 10], '2'],
    [[9, 10], '1'],
    [[10, 10, 11], '1-2'],
    [[0, 5], '1'],
  ])('parts of %j do not', (sizes, missing) => {
    expect(refusal(parts(...sizes))).toMatchObject({ code: 'parts_missing', members: { missing } });
  });

  test('a gap in the numbers is named', () => {
    expect(refusal(parts(10, 10, 10, 10).filter(({ partNumber }) => partNumber % 2 === 0))).toMatchObject({
      members: { missing: '1,3' },
    });
  });

  test('a part that the client has sent and storage lost is missing, at the end too', () => {
    const sent = [1, 2, 3].map((partNumber) => ({ partNumber, etag: etagOf(partNumber) }));
    expect(refusal(parts(10, 10), sent)).toMatchObject({ code: 'parts_missing', members: { missing: '3' } });
  });

  test("other bytes than the client's are refused here too", () => {
    expect(refusal(parts(10), [{ partNumber: 1, etag: 'x' }])).toMatchObject({ code: 'parts_mismatch' });
  });
});
