import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ERROR_CODES } from '#domain/errors.ts';
import { FAIL_REASONS } from '#domain/fail-reasons.ts';

const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/fail-reasons.md'), 'utf8');

/** Codes in the first cell of a table's rows. */
function explained(pattern: RegExp): string[] {
  return [...page.matchAll(pattern)].map(([, code = '']) => code);
}

test('every fail reason is explained once, and none that is gone', () => {
  expect(explained(/^\| `([A-Z_]+)` \|/gm).sort()).toEqual([...FAIL_REASONS].sort());
});

test('every error code is explained once, and none that is gone', () => {
  expect(explained(/^\| `([a-z_]+)` \|/gm).sort()).toEqual([...ERROR_CODES].sort());
});
