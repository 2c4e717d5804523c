import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { Recording } from '../recording.ts';
import { allOf, type Inputs, list } from '../rules.ts';
import { CONFIG, record } from './recording.ts';

/** What the service would set itself at a start: with less, it would try to, and has no right to. */
const SOURCE = readFileSync(
  path.resolve(import.meta.dirname, '../../../providers/storage/prepare-buckets.ts'),
  'utf8',
);

function wordsOf(pattern: RegExp): string[] {
  const [, words = ''] = pattern.exec(SOURCE) ?? [];
  return [...words.matchAll(/'([^']+)'/g)].map(([, word = '']) => word);
}

let stack: Recording;
beforeAll(async () => {
  stack = await record({ ...CONFIG, corsOrigins: 'https://a.example.com, https://b.example.com' });
});

function ruleOf(bucket: 'sources' | 'media'): Inputs {
  const found = allOf(stack.resources, 'SpacesBucketCorsConfiguration').find(({ name }) =>
    name.endsWith(bucket),
  );
  return list(found?.inputs ?? {}, 'corsRules')[0] ?? {};
}

test('the stack gives both buckets the CORS that the service looks for', () => {
  const exposed = wordsOf(/CORS_EXPOSED = \[([^\]]+)\]/);
  expect(exposed).toContain('ETag');
  for (const bucket of ['sources', 'media'] as const) expect(ruleOf(bucket).exposeHeaders).toEqual(exposed);
  expect(ruleOf('sources').allowedMethods).toEqual(wordsOf(/CORS_METHODS = \[([^\]]+)\]/));
  expect(ruleOf('media').allowedMethods).toEqual(wordsOf(/MEDIA_CORS = .*methods: \[([^\]]+)\]/));
});

test('pages of the configured origins upload, pages of any origin play', () => {
  expect(ruleOf('sources').allowedOrigins).toEqual(['https://a.example.com', 'https://b.example.com']);
  expect(ruleOf('media').allowedOrigins).toEqual(['*']);
});
