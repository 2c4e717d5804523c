import { afterAll, beforeAll, expect, test } from 'vitest';
import { bodyOf, createTestApi, problemOf, type TestApi } from '../test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

const BODY = {
  title: 'Property Tour - 12 Smith St',
  description: 'Short tour',
  sourceMime: 'video/mp4',
  sourceSizeBytes: 734003200,
};
const create = (json: object) => api.call('POST', '/api/videos', { json });

test('a new video is answered with the members of the contract', async () => {
  const response = await create(BODY);
  expect(response.status).toBe(201);
  const body = await bodyOf(response);
  expect(body).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    ownerId: api.ownerId,
    title: BODY.title,
    description: BODY.description,
    source: { mime: 'video/mp4', sizeBytes: 734003200 },
    status: 'DRAFT',
    metadata: {},
    createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    updatedAt: body.createdAt,
  });
  expect(response.headers.get('location')).toBe(`/api/videos/${body.id}`);
  expect(response.headers.get('etag')).toMatch(/^"[\w-]+"$/);
  expect(response.headers.get('cache-control')).toBe('no-store');
});

test('a description may be left out, and metadata comes back as it was', async () => {
  const { description: _, ...rest } = BODY;
  const body = await bodyOf(await create({ ...rest, metadata: { listing: { id: 12, tags: ['a'] } } }));
  expect(body.description).toBeNull();
  expect(body.metadata).toEqual({ listing: { id: 12, tags: ['a'] } });
});

test('a title is counted in characters, not in UTF-16 units', async () => {
  expect((await create({ ...BODY, title: '🏡'.repeat(200) })).status).toBe(201);
  expect((await create({ ...BODY, title: '🏡'.repeat(201) })).status).toBe(422);
});

test.each([
  ['an empty title', { title: '' }, 'invalid_request', 'title'],
  ['a blank title', { title: '   ' }, 'invalid_request', 'title'],
  ['no title', { title: undefined }, 'invalid_request', 'title'],
  ['a title that is a number', { title: 7 }, 'invalid_request', 'title'],
  ['a description of 5001 characters', { description: 'x'.repeat(5001) }, 'invalid_request', 'description'],
  ['a broken size', { sourceSizeBytes: 1.5 }, 'invalid_request', 'sourceSizeBytes'],
  ['a negative size', { sourceSizeBytes: -1 }, 'invalid_request', 'sourceSizeBytes'],
  ['a size beyond exact numbers', { sourceSizeBytes: 2 ** 60 }, 'invalid_request', 'sourceSizeBytes'],
  ['an unknown member', { duration: 7 }, 'invalid_request', 'duration'],
  ['a member named __proto__', JSON.parse('{"__proto__": 1}'), 'invalid_request', '__proto__'],
  ['a format that is not taken', { sourceMime: 'video/webm' }, 'unsupported_format', 'sourceMime'],
  ['a file over 1.5 GiB', { sourceSizeBytes: 1.5 * 1024 ** 3 + 1 }, 'file_too_large', 'sourceSizeBytes'],
  ['an empty file', { sourceSizeBytes: 0 }, 'empty_file', 'sourceSizeBytes'],
  ['a private policy', { playbackPolicy: 'signed' }, 'policy_unsupported', 'playbackPolicy'],
])('%s is refused and named', async (_, members, code, field) => {
  const response = await create(Object.assign(Object.create(null), BODY, members));
  expect(response.status).toBe(422);
  const problem = await problemOf(response);
  expect(problem.code).toBe(code);
  expect(problem.errors.map((error) => error.field)).toContain(field);
});

test('a file of exactly 1.5 GiB is taken', async () => {
  expect((await create({ ...BODY, sourceSizeBytes: 1.5 * 1024 ** 3 })).status).toBe(201);
});

test.each([
  'MOV video/quicktime',
  'MP4 video/mp4',
  '3GP video/3gpp',
  'AVI video/x-msvideo',
  'WMV video/x-ms-wmv',
])('%s is taken', async (format) => {
  const sourceMime = format.split(' ')[1];
  expect((await create({ ...BODY, sourceMime })).status).toBe(201);
});

test.each([['uploads:direct'], ['admin']])('another policy is open to the scope %s', async (scope) => {
  const json = { ...BODY, sourceMime: 'video/webm', policy: 'direct' };
  const response = await api.call('POST', '/api/videos', { json, scopes: [scope] });
  expect(response.status).toBe(201);
  const { id } = await bodyOf(response);
  const source = { sourceMime: 'video/webm', sourceSizeBytes: BODY.sourceSizeBytes };
  expect((await api.call('POST', `/api/videos/${id}/uploads`, { json: source })).status).toBe(201);
});

test.each([
  [[], 'direct', 403, 'forbidden'],
  [['uploads:admin'], 'direct', 403, 'forbidden'],
  [['admin'], 'constructor', 422, 'policy_unknown'],
  [[], 'none', 422, 'policy_unknown'],
])('the scopes %j do not open the policy %s', async (scopes, policy, status, code) => {
  const response = await api.call('POST', '/api/videos', { json: { ...BODY, policy }, scopes });
  expect([response.status, (await problemOf(response)).code]).toEqual([status, code]);
});

test('the policy of the contract itself needs no scope', async () => {
  expect((await create({ ...BODY, policy: 'mobile' })).status).toBe(201);
});

test('a type that says nothing is judged by the name of the file', async () => {
  const json = { ...BODY, sourceMime: 'application/octet-stream', fileName: 'Tour.MOV' };
  expect(await bodyOf(await create(json))).toMatchObject({ source: { mime: 'video/quicktime' } });
  expect((await create({ ...json, fileName: 'Tour.exe' })).status).toBe(422);
});

test('what is wrong is said in words of our own', async () => {
  const response = await create({ title: 7, sourceMime: '', sourceSizeBytes: '1', metadata: [], x: 1 });
  expect((await problemOf(response)).errors).toEqual([
    { field: 'title', message: 'must be text' },
    { field: 'sourceMime', message: 'must have at least 1 character' },
    { field: 'sourceSizeBytes', message: 'must be a number' },
    { field: 'metadata', message: 'must be an object' },
    { field: 'x', message: 'is not a known member' },
  ]);
});

test('every problem has the members of RFC 9457 and the id of its request', async () => {
  const response = await create({ ...BODY, title: '' });
  expect(await problemOf(response)).toEqual({
    type: '/problems#invalid_request',
    title: 'The request is not valid',
    status: 422,
    detail: expect.any(String),
    code: 'invalid_request',
    errors: [{ field: 'title', message: expect.any(String) }],
    requestId: response.headers.get('x-request-id'),
  });
});
