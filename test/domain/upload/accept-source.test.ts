import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DomainError } from '#domain/errors.ts';
import { acceptSource, policyNamed } from '#domain/upload/accept-source.ts';
import { UPLOAD_POLICIES, VIDEO_FORMATS } from '#domain/upload/upload-policies.ts';

const { mobile, direct } = UPLOAD_POLICIES;
const GIB = 1024 ** 3;

const refusalOf = (work: () => unknown): Pick<DomainError, 'code' | 'fields'> => {
  try {
    work();
  } catch (error) {
    return error as DomainError;
  }
  throw new Error('It was accepted');
};

describe('by type', () => {
  test.each([
    ['video/mp4', 'MP4'],
    ['video/x-m4v', 'MP4'],
    ['video/quicktime', 'MOV'],
    ['video/3gpp', '3GP'],
    ['video/3gpp2', '3GP'],
    ['video/x-msvideo', 'AVI'],
    ['video/avi', 'AVI'],
    ['video/msvideo', 'AVI'],
    ['video/x-ms-wmv', 'WMV'],
  ])('%s is %s', (mimeType, name) => {
    const { format, mimeType: stored } = acceptSource(mobile, { mimeType, sizeBytes: 1 });
    expect(format.name).toBe(name);
    expect(stored).toBe(format.mimeTypes[0]);
  });

  test('case, blanks and parameters make no difference', () => {
    const types = Object.values(VIDEO_FORMATS).flatMap((format) => [...format.mimeTypes]);
    fc.assert(
      fc.property(
        fc.constantFrom(...types),
        fc.infiniteStream(fc.boolean()),
        fc.constantFrom('', ';', '; codecs="avc1.42E01E, mp4a.40.2"', ' ;charset=utf-8', ' '),
        (type, upper, parameters) => {
          const written = [...type].map((c) => (upper.next().value ? c.toUpperCase() : c)).join('');
          const { format } = acceptSource(direct, { mimeType: ` ${written}${parameters}`, sizeBytes: 1 });
          expect(format.mimeTypes).toContain(type);
        },
      ),
    );
  });

  test('each extension is safe in a key', () => {
    for (const { mimeTypes } of Object.values(VIDEO_FORMATS))
      expect(acceptSource(direct, { mimeType: mimeTypes[0], sizeBytes: 1 }).extension).toMatch(/^[a-z0-9]+$/);
  });

  test.each([
    '',
    ';',
    'video/webm',
    'video/x-matroska',
    'video/mp2t',
    'video',
    'video/*',
    'video/mp4x',
    'text/html',
    'application/vnd.apple.mpegurl',
    'image/gif, video/mp4',
    'constructor',
    '__proto__',
  ])('"%s" is not taken from a phone, and the member is named', (mimeType) => {
    const refusal = refusalOf(() => acceptSource(mobile, { mimeType, sizeBytes: 1 }));
    expect(refusal).toMatchObject({ code: 'unsupported_format', fields: [{ field: 'sourceMime' }] });
  });

  test('WebM and Matroska are taken where the policy lists them', () => {
    expect(acceptSource(direct, { mimeType: 'video/webm', sizeBytes: 1 }).extension).toBe('webm');
    expect(acceptSource(direct, { mimeType: 'video/x-matroska', sizeBytes: 1 }).extension).toBe('mkv');
  });
});

describe('by size', () => {
  test.each([
    ['mobile', mobile, 1.5 * GIB],
    ['direct', direct, 5 * GIB],
  ] as const)('the limit of %s is inclusive', (_, policy, limit) => {
    expect(policy.maxSizeBytes).toBe(limit);
    expect(acceptSource(policy, { mimeType: 'video/mp4', sizeBytes: limit }).format.name).toBe('MP4');
    const refusal = refusalOf(() => acceptSource(policy, { mimeType: 'video/mp4', sizeBytes: limit + 1 }));
    expect(refusal).toMatchObject({ code: 'file_too_large', fields: [{ field: 'sourceSizeBytes' }] });
  });

  test('an empty file is refused', () => {
    expect(refusalOf(() => acceptSource(mobile, { mimeType: 'video/mp4', sizeBytes: 0 }))).toMatchObject({
      code: 'empty_file',
      fields: [{ field: 'sourceSizeBytes' }],
    });
  });
});

test.each(['', 'Mobile', 'constructor', '__proto__', 'toString'])('there is no policy "%s"', (name) => {
  expect(refusalOf(() => policyNamed(UPLOAD_POLICIES, name)).code).toBe('policy_unknown');
});
