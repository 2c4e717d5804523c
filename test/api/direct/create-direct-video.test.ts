import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestApi, problemOf, type TestApi, type TestRequest } from '../test-api.ts';

let api: TestApi;
let twin: TestApi;
beforeAll(async () => {
  api = await createTestApi();
  twin = await createTestApi({ sharing: api.platform });
});
afterAll(async () => {
  await twin?.close();
  await api?.close();
});

interface Created {
  readonly video_id: string;
  readonly upload_url: string;
  readonly storage_key: string;
  readonly expires_at: string;
  readonly headers: Record<string, string>;
}
const GIB = 1024 ** 3;
const BODY = { title: 'My Video', filename: 'video.mp4', content_type: 'video/mp4' };
/** By an owner of its own unless told: the limit of an hour is not what most tests are about. */
const create = (json: object, request: TestRequest = {}, on = api) =>
  on.call('POST', '/api/v1/videos', { as: randomUUID(), json, ...request });
const created = async (response: Response) => (await response.json()) as Created;

test('a new video is answered with the members of the contract, and what a PUT needs', async () => {
  const owner = randomUUID();
  const response = await create(BODY, { as: owner });
  expect(response.status).toBe(201);
  const body = await created(response);
  expect(body).toEqual({
    video_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    upload_url: expect.stringContaining('X-Amz-Expires=900'),
    storage_key: expect.stringContaining(`/${body.video_id}/`),
    status: 'uploading',
    expires_at: expect.any(String),
    headers: { 'Content-Type': 'video/mp4' },
  });
  expect(new URL(body.upload_url).pathname).toContain(body.storage_key);
  const lifeSeconds = (Date.parse(body.expires_at) - Date.now()) / 1000;
  expect(lifeSeconds).toBeGreaterThan(840);
  expect(lifeSeconds).toBeLessThanOrEqual(900);
  const path = `/api/v1/videos/${body.video_id}`;
  expect(response.headers.get('location')).toBe(path);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect((await api.call('GET', path, { as: owner })).status).toBe(200);
});

test('storage takes the file with the headers of the answer and with no other type', async () => {
  const { upload_url, headers } = await created(await create({ ...BODY, size_bytes: 1000 }));
  const put = async (sent: Record<string, string>, sizeBytes = 1000) => {
    const body = new Uint8Array(randomBytes(sizeBytes));
    const response = await fetch(upload_url, { method: 'PUT', body, headers: sent });
    await response.arrayBuffer();
    return response.status;
  };
  expect(await put({ 'Content-Type': 'text/html' })).toBe(403);
  expect(await put({})).toBe(403);
  expect(await put(headers, 1001)).toBe(403);
  expect(await put(headers)).toBe(200);
});

test.each([
  ['no title', { title: undefined }, 'invalid_request', 'title'],
  ['a title of 201 characters', { title: 'x'.repeat(201) }, 'invalid_request', 'title'],
  ['no filename', { filename: undefined }, 'invalid_request', 'filename'],
  ['no content_type', { content_type: undefined }, 'invalid_request', 'content_type'],
  [
    'a content_type with a line break',
    { content_type: 'video/mp4\r\nx-evil: 1' },
    'invalid_request',
    'content_type',
  ],
  ['a member of another contract', { contentType: 'video/mp4' }, 'invalid_request', 'contentType'],
  ['a format that is not taken', { content_type: 'video/ogg' }, 'unsupported_format', 'content_type'],
  ['a file above 5 GiB', { size_bytes: 5 * GIB + 1 }, 'file_too_large', 'size_bytes'],
  ['an empty file', { size_bytes: 0 }, 'empty_file', 'size_bytes'],
  ['a size in words', { size_bytes: 'large' }, 'invalid_request', 'size_bytes'],
])('%s is refused and named as this contract names it', async (_, members, code, field) => {
  const response = await create({ ...BODY, ...members });
  expect(response.status).toBe(422);
  const problem = await problemOf(response);
  expect(problem.code).toBe(code);
  expect(problem.errors.map((error) => error.field)).toEqual([field]);
});

test('what this contract takes beyond the reference is taken: 5 GiB, WebM, MKV, and a type that says nothing', async () => {
  const bodies = [
    { ...BODY, size_bytes: 5 * GIB },
    { ...BODY, content_type: 'video/webm;codecs=vp9' },
    { ...BODY, content_type: 'Video/X-Matroska' },
    { ...BODY, filename: 'Holiday.MKV', content_type: 'application/octet-stream' },
  ];
  for (const body of bodies) expect((await create(body)).status, JSON.stringify(body)).toBe(201);
});

test('without a token nothing is looked at', async () => {
  expect((await create({}, { as: null })).status).toBe(401);
});

test('the same Idempotency-Key makes one video, with a URL signed anew', async () => {
  const request = { as: randomUUID(), headers: { 'Idempotency-Key': 'first' } };
  const first = await created(await create(BODY, request));
  const response = await create(BODY, request);
  expect([response.status, response.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
  const second = await created(response);
  expect(second.video_id).toBe(first.video_id);
  expect(second.storage_key).toBe(first.storage_key);
  const other = await create({ ...BODY, title: 'Another' }, request);
  expect((await problemOf(other)).code).toBe('idempotency_mismatch');
});

test('ten uploads an hour may be begun, counted over all processes, and the eleventh hears when', async () => {
  const owner = randomUUID();
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, i) => create(BODY, { as: owner }, i % 2 === 0 ? api : twin)),
  );
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(10);
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(2);
  for (const response of refused) {
    const waitSeconds = Number(response.headers.get('retry-after'));
    expect(waitSeconds).toBeGreaterThan(3500);
    expect(waitSeconds).toBeLessThanOrEqual(3600);
    expect((await problemOf(response)).code).toBe('rate_limited');
  }
  expect((await create(BODY)).status).toBe(201);
});

test('a refused request does not count', async () => {
  const owner = randomUUID();
  for (let i = 0; i < 11; i += 1) await create({ ...BODY, size_bytes: 0 }, { as: owner });
  expect((await create(BODY, { as: owner })).status).toBe(201);
});
