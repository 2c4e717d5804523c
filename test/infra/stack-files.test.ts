import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Keys of a stack's file in their order, without namespaces: where each cloud says its region is its own affair. */
function keysOf(cloud: string): string[] {
  const text = readFileSync(path.join(ROOT, `Pulumi.${cloud}.yaml`), 'utf8');
  return [...text.matchAll(/^ {2}[\w-]+:(\w+):/gm)].map(([, key = '']) => key);
}

test("the clouds' stack files hold the same keys in the same order", () => {
  expect(keysOf('do').length).toBeGreaterThan(3);
  expect(keysOf('do')).toEqual(keysOf('aws'));
});

test.each(['aws', 'do'])('the stack file of %s says no secret', (cloud) => {
  const text = readFileSync(path.join(ROOT, `Pulumi.${cloud}.yaml`), 'utf8');
  expect(text).not.toMatch(/secret|token|password|dop_v1_|whsec_|AKIA/i);
});
