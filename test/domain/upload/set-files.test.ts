import { describe, expect, test } from 'vitest';
import {
  fileFinder,
  isPartOf,
  masterOf,
  type NamedFile,
  planSet,
  splitFiles,
} from '#domain/upload/set-files.ts';
import { UPLOAD_POLICIES } from '#domain/upload/upload-policies.ts';
import { typeOf } from './set-steps.ts';

const policy = UPLOAD_POLICIES.signer;
const files = (...paths: string[]): NamedFile[] =>
  paths.map((path) => ({ path, contentType: typeOf(path), sizeBytes: 10 }));
const refusalOf = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    const { code, fields } = error as { code: string; fields: { field: string }[] };
    return [code, fields[0]?.field];
  }
};

describe('which playlist is the master', () => {
  test.each<[string, string[], string | null]>([
    ['the only one', ['a.m3u8', 'seg.ts'], 'a.m3u8'],
    ['the only one of the folder that lies highest', ['job/a.m3u8', 'job/720p/list.m3u8'], 'job/a.m3u8'],
    ['the one with the usual name', ['720p.m3u8', 'master.m3u8', 'index.m3u8'], 'master.m3u8'],
    ['the next usual name', ['720p.m3u8', 'playlist.m3u8', 'index.m3u8'], 'index.m3u8'],
    ['none of several unusual names', ['a.m3u8', 'b.m3u8'], null],
    ['none of two folders', ['a/master.m3u8', 'b/master.m3u8'], null],
    ['none where there is none', ['seg.ts'], null],
  ])('%s', (_, paths, master) => {
    expect(masterOf(paths)).toBe(master);
  });
});

describe('a request is split', () => {
  test('into videos of their own and one set; an .mp4 below the master is of the set', () => {
    const wanted = files(
      'tour.mov',
      'job/master.m3u8',
      'job/v/init.mp4',
      'other/film.mp4',
      'job/v/list.m3u8',
    );
    const typed = wanted.map((f) => (f.path.endsWith('.mov') ? { ...f, contentType: 'video/quicktime' } : f));
    expect(splitFiles(typed, policy)).toEqual({ videos: [0, 3], set: [1, 2, 4] });
  });

  test('without a playlist an .mp4 is a video', () => {
    expect(splitFiles(files('a.mp4', 'b.mp4'), policy)).toEqual({ videos: [0, 1], set: [] });
  });

  test.each([
    '/etc/passwd.ts',
    '../a.ts',
    'a/../b.ts',
    'a//b.ts',
    './a.ts',
    '.hidden/a.ts',
    'a/.hidden.ts',
    'a b.ts',
    'a?.ts',
    'a%2e.ts',
    'ä.ts',
    'a\\b.ts',
    'http://x/a.ts',
    '',
    'a/',
    `${'x'.repeat(256)}.ts`,
    'a\n.ts',
  ])('a path such as %j is refused by name', (path) => {
    const wanted = [...files('master.m3u8'), { path, contentType: 'video/mp2t', sizeBytes: 1 }];
    expect(refusalOf(() => splitFiles(wanted, policy))).toEqual(['invalid_request', 'files[1].path']);
  });

  test('a path that comes twice is refused', () => {
    expect(refusalOf(() => splitFiles(files('a.m3u8', 'a.m3u8'), policy))).toEqual([
      'invalid_request',
      'files[1].path',
    ]);
  });

  test.each([
    ['a kind that is not taken', 'a.exe', 'video/mp4', 'files[0].path'],
    ['no extension', 'video', 'video/mp4', 'files[0].path'],
    ['a playlist that calls itself a page', 'a.m3u8', 'text/html', 'files[0].contentType'],
    ['a picture that calls itself a page', 'a.jpg', 'text/html', 'files[0].contentType'],
    ['a video that calls itself another', 'a.mov', 'video/mp4', 'files[0].contentType'],
  ])('%s is refused', (_, path, contentType, field) => {
    const wanted = [{ path, contentType, sizeBytes: 1 }];
    expect(refusalOf(() => splitFiles(wanted, policy))).toEqual(['unsupported_format', field]);
  });

  test('types compare without case and parameters; one that says nothing leaves it to the extension', () => {
    const wanted = [
      { path: 'a.m3u8', contentType: 'Application/X-MPEGURL; charset=utf-8', sizeBytes: 1 },
      { path: 'b.ts', contentType: 'application/octet-stream', sizeBytes: 1 },
      { path: 'c.MP4', contentType: 'Video/MP4', sizeBytes: 1 },
    ];
    expect(splitFiles(wanted, policy)).toEqual({ videos: [2], set: [0, 1] });
  });
});

describe('a set is planned', () => {
  const plan = (wanted: NamedFile[]) => planSet(wanted, [...wanted.keys()], policy);

  test('with paths from its top folder', () => {
    const planned = plan(files('jobs/7/master.m3u8', 'jobs/7/720p/seg-1.ts'));
    expect(planned).toMatchObject({
      masterPath: 'jobs/7/master.m3u8',
      files: [{ path: 'master.m3u8' }, { path: '720p/seg-1.ts' }],
      sizeBytes: 20,
    });
  });

  test('without its size where one is missing', () => {
    const wanted = files('a.m3u8', 'b.ts').map((file, i) => (i === 1 ? { ...file, sizeBytes: null } : file));
    expect(plan(wanted).sizeBytes).toBeNull();
  });

  test.each<[string, NamedFile[], unknown]>([
    ['no master', files('a.m3u8', 'b.m3u8'), ['hls_set_invalid', 'files']],
    ['no playlist', files('a.ts'), ['hls_set_invalid', 'files']],
    ['a file outside', files('job/a.m3u8', 'seg.ts'), ['hls_set_invalid', 'files[1].path']],
    [
      'a neighbour of the top folder',
      files('job/a.m3u8', 'job2/seg.ts'),
      ['hls_set_invalid', 'files[1].path'],
    ],
    ['two folders', files('a.m3u8', 'v/720p/seg.ts'), ['hls_set_invalid', 'files[1].path']],
    ['two dots', files('a.m3u8', 'seg.1.ts'), ['hls_set_invalid', 'files[1].path']],
    [
      'an empty file',
      [...files('a.m3u8'), { path: 'b.ts', contentType: 'video/mp2t', sizeBytes: 0 }],
      ['empty_file', 'files[1].size'],
    ],
    [
      'too much altogether',
      ['a.ts', 'b.ts']
        .map((path) => ({ path, contentType: 'video/mp2t', sizeBytes: 3 * 1024 ** 3 }))
        .concat(files('a.m3u8').map((f) => ({ ...f, sizeBytes: 1 }))),
      ['file_too_large', 'files'],
    ],
  ])('not with %s', (_, wanted, refusal) => {
    expect(refusalOf(() => plan(wanted))).toEqual(refusal);
  });
});

test('the same files again are known by path, type and size, some of them too', () => {
  const planned = planSet(files('job/a.m3u8', 'job/v/1.ts'), [0, 1], policy);
  const [master, segment] = files('job/a.m3u8', 'job/v/1.ts');
  if (!master || !segment) throw new Error('no files');
  expect(fileFinder(planned)(segment)?.path).toBe('v/1.ts');
  expect([isPartOf(planned, [segment]), isPartOf(planned, [segment, master])]).toEqual([true, true]);
  for (const other of [
    { ...segment, sizeBytes: 11 },
    { ...segment, contentType: 'video/mp4' },
    { ...segment, path: 'v/1.ts' },
  ])
    expect(isPartOf(planned, [master, other])).toBe(false);
});
