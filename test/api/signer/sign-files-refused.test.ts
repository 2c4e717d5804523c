import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wholeSet } from '#test/domain/upload/set-steps.ts';
import { createTestApi, problemOf, type TestApi } from '../test-api.ts';
import { filesOf, signing, video } from './signing-steps.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());
const { sign, signed, problem, countVideos } = signing(() => api);

describe('refused', () => {
  test('without a token; while the page for people needs none', async () => {
    const response = await api.call('POST', '/', { as: null, json: { files: [video()] } });
    expect(await problemOf(response)).toMatchObject({ status: 401, code: 'unauthenticated' });
    const page = await api.call('GET', '/', { as: null });
    expect([page.status, page.headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('text/html'),
    ]);
  });

  test('a body that is not JSON, is too large, or has members nobody knows', async () => {
    const text = (body: string, type = 'application/json') =>
      api.call('POST', '/', { body, headers: { 'content-type': type } });
    expect((await problemOf(await text('{'))).code).toBe('malformed_json');
    expect((await problemOf(await text('a=b', 'text/plain'))).code).toBe('unsupported_media_type');
    expect((await problemOf(await text(JSON.stringify({ files: 'x'.repeat(2 ** 20) })))).code).toBe(
      'body_too_large',
    );
    expect(await problem([{ ...video(), evil: 1 }])).toMatchObject({ status: 422, field: 'files[0].evil' });
    expect(await problem([])).toMatchObject({ status: 422, code: 'invalid_request', field: 'files' });
    expect(await problem([{ ...video(), size: -1 }])).toMatchObject({ status: 422, field: 'files[0].size' });
  });

  test.each<[string, object[], object]>([
    [
      'a path that climbs',
      [video(), { ...video('../b.mp4') }],
      { code: 'invalid_request', field: 'files[1].path' },
    ],
    ['a path twice', [video(), video()], { code: 'invalid_request', field: 'files[1].path' }],
    [
      'a kind that is not taken',
      [{ path: 'a.exe', contentType: 'video/mp4' }],
      { code: 'unsupported_format', field: 'files[0].path' },
    ],
    [
      'a type that does not fit',
      [{ path: 'a.ts', contentType: 'text/html' }],
      { code: 'unsupported_format', field: 'files[0].contentType' },
    ],
    ['an empty video', [{ ...video(), size: 0 }], { code: 'empty_file', field: 'files[0].size' }],
    [
      'a video too large',
      [{ ...video(), size: 5 * 1024 ** 3 + 1 }],
      { code: 'file_too_large', field: 'files[0].size' },
    ],
    [
      'a set without a master',
      [{ path: 'a.ts', contentType: 'video/mp2t' }],
      { code: 'hls_set_invalid', field: 'files' },
    ],
    [
      'too many files',
      Array.from({ length: 2001 }, (_, i) => ({ path: `${i}.ts`, contentType: 'video/mp2t' })),
      { code: 'too_many_set_files', field: 'files' },
    ],
    [
      'more videos than an hour has room for',
      Array.from({ length: 11 }, (_, i) => video(`${i}.mp4`)),
      { code: 'invalid_request', field: 'files' },
    ],
  ])('%s', async (_, files, refusal) => {
    const as = randomUUID();
    expect(await problem(files, { as })).toMatchObject({ status: 422, ...refusal });
    expect(await countVideos(as)).toBe(0);
  });

  test('a video of somebody else, and one of nobody', async () => {
    const [first] = await signed(filesOf(wholeSet()));
    for (const videoId of [first?.videoId ?? '', randomUUID()])
      expect(await problem(filesOf(wholeSet()), { videoId })).toMatchObject({
        status: 404,
        code: 'video_not_found',
      });
  });

  test('a video file for a video that exists, and a set for one that is being transcoded', async () => {
    const as = randomUUID();
    const [first] = await signed([video()], { as });
    const videoId = first?.videoId ?? '';
    expect(await problem([video()], { as, videoId })).toMatchObject({
      code: 'invalid_request',
      field: 'files[0].path',
    });
    expect(await problem(filesOf(wholeSet()), { as, videoId })).toMatchObject({
      status: 409,
      code: 'upload_conflict',
    });
  });
});

describe('the hourly limit', () => {
  test('counts a whole set once, and a request that does not fit opens nothing', async () => {
    const as = randomUUID();
    await signed(filesOf(wholeSet()), { as });
    await signed(
      Array.from({ length: 7 }, (_, i) => video(`${i}.mp4`)),
      { as },
    );
    // Eight of ten are gone: three more do not fit, two do.
    const refused = await sign([video('a.mp4'), video('b.mp4'), video('c.mp4')], { as });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3000);
    expect(await problemOf(refused)).toMatchObject({ status: 429, code: 'rate_limited' });
    expect(await countVideos(as)).toBe(8);
    await signed([video('a.mp4'), video('b.mp4')], { as });
    expect(await problem(filesOf(wholeSet()), { as })).toMatchObject({ status: 429 });
  });

  test('lets two requests at once not share its last room, and what one of them had opened is deleted', async () => {
    const as = randomUUID();
    await signed(
      Array.from({ length: 6 }, (_, i) => video(`${i}.mp4`)),
      { as },
    );
    const three = () => sign([video('a.mp4'), video('b.mp4'), video('c.mp4')], { as });
    const answers = await Promise.all([three(), three()]);
    const won = answers.filter(({ status }) => status === 200).length;
    expect(answers.every(({ status }) => status === 200 || status === 429)).toBe(true);
    expect(await countVideos(as)).toBe(6 + 3 * won);
  });
});
