import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitFor } from '#test/support/conditions.ts';
import { problemOf } from '../test-api.ts';
import { chunk, type ServedApi, type ShownJob, serveTestApi, statusOf, stream } from './served-api.ts';

const MAX_BYTES = 300_000;

let served: ServedApi;
beforeAll(async () => {
  const UPLOAD_POLICIES = JSON.stringify({ signer: { uploadsPerHour: 3 } });
  served = await serveTestApi({ env: { UPLOAD_POLICIES, RAW_BODY_MAX_BYTES: String(MAX_BYTES) } });
});
afterAll(() => served?.close());

const bytes = (size = 20_000) => new Uint8Array(randomBytes(size));
const job = async (response: Response) => (await response.json()) as ShownJob;

test('a video as the body is stored byte by byte and queued, and its job is read where the answer says', async () => {
  const owner = randomUUID();
  const file = bytes();
  const response = await served.post(file, { owner, query: '?title=Tour&description=By%20the%20sea' });
  expect(response.status).toBe(202);
  const body = await job(response);
  expect(body).toEqual({
    jobId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    status: 'queued',
    title: 'Tour',
    description: 'By the sea',
    manifestUrl: null,
    renditions: [],
    posterUrl: null,
    progress: null,
    error: null,
    durationSeconds: null,
    width: null,
    height: null,
    createdAt: expect.any(String),
    updatedAt: expect.any(String),
  });
  const [key = ''] = await served.stored(body.jobId);
  const { sources } = served.api.platform.context({ kind: 'system' }).storage;
  const stored = await sources.get(key);
  expect(Buffer.concat(await stored.body.toArray()).equals(file)).toBe(true);
  const read = await served.api.call('GET', response.headers.get('location') ?? '', { as: owner });
  expect([read.status, await read.json()]).toEqual([200, body]);
});

test('a body in chunks, of which nobody knows the length, is taken too', async () => {
  const response = await served.post(stream(MAX_BYTES));
  expect(response.status).toBe(202);
  expect((await job(response)).title).toBe('Untitled');
});

test.each(['video/ogg', 'video/', 'text/plain', 'application/octet-stream', 'application/pdf'])(
  'the type %s is 415',
  async (type) => {
    const response = await served.post(bytes(), { headers: { 'Content-Type': type } });
    const problem = await problemOf(response);
    expect([problem.status, problem.code]).toEqual([415, 'unsupported_media_type']);
  },
);

test('JSON goes to the reference contract as before', async () => {
  const json = { title: 'x', sourceMime: 'video/mp4', sourceSizeBytes: 1 };
  const response = await served.api.call('POST', '/api/videos', { json });
  expect([response.status, await response.json()]).toEqual([
    201,
    expect.objectContaining({ status: 'DRAFT' }),
  ]);
});

test.each([
  ['its length is told', 'Content-Length: 0', ''],
  ['it comes in chunks', 'Transfer-Encoding: chunked', '0\r\n\r\n'],
])('an empty body of which %s is 422 and makes nothing', async (_, header, body) => {
  const owner = randomUUID();
  const head = [`Authorization: ${await served.authorization(owner)}`, 'Content-Type: video/mp4', header];
  const answer = await served.exchange([...head, 'Connection: close'], body);
  expect([statusOf(answer), answer.includes('"empty_file"')]).toEqual([422, true]);
  expect(await served.videosOf(owner)).toEqual([]);
});

test('a title that cannot be taken is 422 and named', async () => {
  const problem = await problemOf(await served.post(bytes(), { query: `?title=${'x'.repeat(201)}` }));
  expect([problem.status, problem.errors[0]?.field]).toEqual([422, 'title']);
  expect((await problemOf(await served.post(bytes(), { query: '?colour=red' }))).errors[0]?.field).toBe(
    'colour',
  );
});

test('a length that is too large is 413 before a byte is sent, with the way to send parts', async () => {
  const owner = randomUUID();
  const head = [
    `Authorization: ${await served.authorization(owner)}`,
    'Content-Type: video/mp4',
    'Connection: close',
  ];
  const answer = await served.exchange([...head, `Content-Length: ${MAX_BYTES + 1}`], '');
  expect(statusOf(answer)).toBe(413);
  expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({
    code: 'body_too_large',
    maxSizeBytes: MAX_BYTES,
    createVideo: '/api/videos',
    startUpload: '/api/videos/{videoId}/uploads',
  });
  expect(await served.videosOf(owner)).toEqual([]);
});

test('a stream that grows too large is 413 at that moment; the video has FAILED and nothing is stored', async () => {
  const owner = randomUUID();
  const answer = await served.post(stream(MAX_BYTES + 1), { owner });
  expect((await problemOf(answer)).code).toBe('body_too_large');
  const video = await served.ended(owner);
  expect(video.fail_reason).toBe('UPLOAD_TOO_LARGE');
  expect(await served.stored(video.id)).toEqual([]);
});

test.each([
  ['with its length told', 'Content-Length: 200000', 'x'.repeat(100_000)],
  ['in chunks', 'Transfer-Encoding: chunked', chunk('x'.repeat(100_000))],
])(
  'a client that hangs up in mid-body, %s, leaves a FAILED video and nothing in storage',
  async (_, header, body) => {
    const owner = randomUUID();
    const head = [`Authorization: ${await served.authorization(owner)}`, 'Content-Type: video/mp4'];
    await served.exchange([...head, header], body, { hangUp: true });
    const video = await served.ended(owner);
    expect(video.fail_reason).toBe('UPLOAD_CANCELED');
    expect(await served.stored(video.id)).toEqual([]);
  },
);

test('without a token it is 401 before a byte of the body is sent', async () => {
  const head = ['Content-Type: video/mp4', 'Content-Length: 1000', 'Connection: close'];
  expect(statusOf(await served.exchange(head, ''))).toBe(401);
});

test('the uploads of an hour are counted, and one too many leaves no draft behind', async () => {
  const owner = randomUUID();
  for (let i = 0; i < 3; i += 1) expect((await served.post(bytes(), { owner })).status).toBe(202);
  const refused = await served.post(bytes(), { owner });
  expect([refused.status, (await problemOf(refused)).code]).toEqual([429, 'rate_limited']);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3500);
  expect(await served.videosOf(owner)).toHaveLength(3);
});

test('the same Idempotency-Key makes one video; a broken upload may be tried again with it', async () => {
  const owner = randomUUID();
  const file = bytes();
  const headers = { 'Idempotency-Key': 'tour' };
  const head = [`Authorization: ${await served.authorization(owner)}`, 'Content-Type: video/mp4'];
  const cut = [...head, 'Idempotency-Key: tour', `Content-Length: ${file.byteLength}`];
  await served.exchange(cut, 'x', { hangUp: true });
  await served.ended(owner);
  const first = await waitFor('the key to be released', async () => {
    const response = await served.post(file, { owner, headers });
    return response.status !== 409 && response;
  });
  expect(first.status).toBe(202);
  const again = await served.post(file, { owner, headers });
  expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, 'true']);
  expect((await job(again)).jobId).toBe((await job(first)).jobId);
  expect(await served.videosOf(owner)).toHaveLength(2);
});

test("another owner's job is 404", async () => {
  const { jobId } = await job(await served.post(bytes()));
  for (const method of ['GET', 'HEAD'])
    expect((await served.api.call(method, `/api/videos/${jobId}`)).status).toBe(404);
});
