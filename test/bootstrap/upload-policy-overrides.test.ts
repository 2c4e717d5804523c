import { expect, test } from 'vitest';
import { loadConfig } from '#bootstrap/config.ts';
import { ConfigError } from '#bootstrap/config-error.ts';
import { settingsFrom } from '#bootstrap/config-settings.ts';
import { UPLOAD_POLICIES } from '#domain/upload/upload-policies.ts';

const policies = (overrides: object | string) =>
  settingsFrom(
    loadConfig({ UPLOAD_POLICIES: typeof overrides === 'string' ? overrides : JSON.stringify(overrides) }),
  ).policies;

const problemOf = (overrides: object | string): string => {
  try {
    policies(overrides);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ problem }) => problem).join();
    throw error;
  }
  return 'none';
};

const GIB = 1024 ** 3;

test('without a word the policies are those of the documents', () => {
  expect(settingsFrom(loadConfig({})).policies).toEqual(UPLOAD_POLICIES);
  const table = Object.entries(UPLOAD_POLICIES).map(
    ([name, { formats, archives, maxSizeBytes, urlTtlSeconds, uploadsPerHour }]) =>
      [name, formats.length, archives, maxSizeBytes / GIB, urlTtlSeconds, uploadsPerHour] as const,
  );
  expect(table).toEqual([
    ['mobile', 5, false, 1.5, 3600, null],
    ['direct', 7, false, 5, 900, 10],
    ['admin', 7, true, 4, 12 * 3600, null],
    ['learning', 5, false, 1.5, 3600, null],
    ['signer', 7, false, 5, 900, 10],
  ]);
});

test('a deployment changes what it names and nothing else', () => {
  const changed = policies({
    direct: { maxSizeBytes: 10 * GIB, uploadsPerHour: null, limits: { maxDurationSeconds: 60 } },
    mobile: { formats: ['MP4'] },
  });
  const { direct, mobile, ...rest } = UPLOAD_POLICIES;
  expect(changed).toEqual({
    ...rest,
    direct: {
      ...direct,
      maxSizeBytes: 10 * GIB,
      uploadsPerHour: null,
      limits: { ...direct.limits, maxDurationSeconds: 60 },
    },
    mobile: { ...mobile, formats: ['MP4'] },
  });
});

test.each([
  ['no JSON', '{direct:1}', 'must be JSON'],
  ['no object', '[]', 'must be JSON'],
  ['an unknown policy', { desktop: {} }, 'desktop'],
  ['an unknown member', { direct: { maxSize: 1 } }, 'direct'],
  ['an unknown format', { direct: { formats: ['OGG'] } }, 'direct.formats.0'],
  ['no format at all', { direct: { formats: [] } }, 'direct.formats'],
  ['a size of nothing', { direct: { maxSizeBytes: 0 } }, 'direct.maxSizeBytes'],
  ['a size beyond any object', { direct: { maxSizeBytes: 2 ** 52 } }, 'direct.maxSizeBytes'],
  ['a URL that no store signs', { direct: { urlTtlSeconds: 8 * 86_400 } }, 'direct.urlTtlSeconds'],
  ['no upload at all', { direct: { uploadsPerHour: 0 } }, 'direct.uploadsPerHour'],
  ['a limit that is no number', { direct: { limits: { maxPixels: '4K' } } }, 'direct.limits.maxPixels'],
])('%s is refused in a line that names it', (_, overrides, words) => {
  expect(problemOf(overrides)).toContain(words);
});
