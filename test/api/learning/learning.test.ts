import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ownerIdOf } from '#domain/access/owner-id.ts';
import { checkSession } from '#domain/upload/check-session.ts';
import { draft, publish, runStatement, uploaded } from '../pipeline-steps.ts';
import { createTestApi, problemOf, type TestApi, type TestRequest } from '../test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api?.close());

interface Opened {
  readonly id: string;
  readonly presignedUrl: string;
  readonly key: string;
  readonly expiresAt: string;
  readonly headers: Record<string, string>;
}
const BODY = { filename: 'lesson-1.mp4', contentType: 'video/mp4' };
const upload = (json: object, request: TestRequest = {}) =>
  api.call('POST', '/upload', { json: { ...BODY, ...json }, ...request });
const opened = async (response: Response) => (await response.json()) as Opened;
const read = async (id: string, as = api.ownerId) => {
  const response = await api.call('GET', `/video/${id}`, { as });
  expect(response.status).toBe(200);
  return (await response.json()) as Record<string, unknown>;
};

test('an upload is answered with the members of the contract, and storage takes the file', async () => {
  const response = await upload({});
  expect(response.status).toBe(201);
  const body = await opened(response);
  expect(body).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    presignedUrl: expect.stringContaining('X-Amz-Expires=3600'),
    key: expect.stringContaining(`/${body.id}/`),
    expiresAt: expect.any(String),
    headers: { 'Content-Type': 'video/mp4' },
  });
  expect(response.headers.get('location')).toBe(`/video/${body.id}`);
  const file = new Uint8Array(randomBytes(1000));
  const put = await fetch(body.presignedUrl, { method: 'PUT', body: file, headers: body.headers });
  expect(put.status).toBe(200);
});

test('nothing has to be called: storage tells of the file, and the video is UPLOADED', async () => {
  const { id, presignedUrl, headers } = await opened(await upload({}));
  const file = new Uint8Array(randomBytes(1000));
  expect((await fetch(presignedUrl, { method: 'PUT', body: file, headers })).status).toBe(200);
  const system = () => api.platform.context({ kind: 'system' });
  const [session] = await system().em.execute('select id from upload_sessions where video_id = ?', [id]);
  await checkSession(system(), { sessionId: session?.id });
  const { status, videoUrl } = await read(id);
  expect(status).toBe('UPLOADED');
  const back = await fetch(String(videoUrl));
  expect(Buffer.from(await back.arrayBuffer()).equals(file)).toBe(true);
  expect(back.headers.get('content-disposition')).toContain('lesson-1.mp4');
});

test('a video that waits for its file has no URL, and the name of the file for a title', async () => {
  const { id } = await opened(await upload({ userId: api.ownerId }));
  expect(await read(id)).toEqual({
    id,
    userId: api.ownerId,
    title: 'lesson-1.mp4',
    status: 'UPLOADING',
    failReason: null,
    videoUrl: null,
    captionUrl: null,
    playbackUrl: null,
  });
});

test('whatever else is sent comes back with the video, and can take the place of nothing', async () => {
  const metadata = {
    course: 'maths',
    tags: ['a', { b: null }],
    position: 1.5,
    constructor: 'x',
    toString: 'y',
  };
  const hidden = {
    id: 'evil',
    status: 'READY',
    videoUrl: 'https://evil.example/',
    playbackUrl: 7,
    failReason: 'x',
  };
  const { id } = await opened(await upload({ title: 'Lesson 1', ...metadata, ...hidden }));
  const body = await read(id);
  expect(body).toMatchObject({ ...metadata, id, title: 'Lesson 1', status: 'UPLOADING', failReason: null });
  expect([body.videoUrl, body.playbackUrl]).toEqual([null, null]);
});

test('a member named __proto__ changes no object', async () => {
  const json = JSON.parse('{"__proto__":{"polluted":true},"deep":{"__proto__":{"polluted":true}}}');
  const response = await api.call('POST', '/upload', {
    body: JSON.stringify({ ...BODY }).replace('}', `,${JSON.stringify(json).slice(1)}`),
    headers: { 'Content-Type': 'application/json' },
  });
  expect(response.status).toBe(201);
  const body = await read((await opened(response)).id);
  expect(body.polluted).toBeUndefined();
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test('userId may be what the token says or the id made of it, and nobody else', async () => {
  const sub = 'auth0|42';
  const as = { as: sub };
  expect((await upload({ userId: sub }, as)).status).toBe(201);
  expect((await upload({ userId: ownerIdOf(sub, '') }, as)).status).toBe(201);
  for (const userId of ['auth0|43', randomUUID(), 'AUTH0|42']) {
    const problem = await problemOf(await upload({ userId }, as));
    expect([problem.status, problem.code, problem.errors[0]?.field]).toEqual([403, 'forbidden', 'userId']);
  }
  const { id } = await opened(await upload({}, as));
  expect((await read(id, sub)).userId).toBe(sub);
});

test.each([
  ['no filename', { filename: undefined }, 422, 'invalid_request', 'filename'],
  ['no contentType', { contentType: undefined }, 422, 'invalid_request', 'contentType'],
  ['a userId that is a number', { userId: 7 }, 422, 'invalid_request', 'userId'],
  ['an empty title', { title: '' }, 422, 'invalid_request', 'title'],
  [
    'WebM, which this policy does not take',
    { contentType: 'video/webm' },
    422,
    'unsupported_format',
    'contentType',
  ],
  ['a nameless member', { '': 1 }, 422, 'invalid_request', ''],
  ['a member with NUL', { course: 'a\0b' }, 422, 'invalid_request', 'course'],
])('%s is refused and named', async (_, members, status, code, field) => {
  const problem = await problemOf(await upload(members));
  expect([problem.status, problem.code, problem.errors[0]?.field]).toEqual([status, code, field]);
});

test('more than 64 KiB of metadata is 413; no token is 401', async () => {
  expect((await upload({ notes: 'x'.repeat(70_000) })).status).toBe(413);
  expect((await upload({}, { as: null })).status).toBe(401);
});

test('the same Idempotency-Key makes one item', async () => {
  const request = { headers: { 'Idempotency-Key': 'lesson-1' } };
  const first = await opened(await upload({}, request));
  const second = await upload({}, request);
  expect(second.headers.get('idempotency-replayed')).toBe('true');
  expect((await opened(second)).id).toBe(first.id);
});

test('from UPLOADED on the owner gets the very file back, as an attachment under its own name', async () => {
  const { videoId, sessionId } = await uploaded(api);
  await runStatement(api.platform, 'update upload_sessions set file_name = ? where id = ?', [
    'Größe "1".mp4',
    sessionId,
  ]);
  const { videoUrl, status } = await read(videoId);
  expect(status).toBe('UPLOADED');
  const response = await fetch(String(videoUrl));
  expect(response.status).toBe(200);
  expect(response.headers.get('content-disposition')).toContain("filename*=UTF-8''Gr%C3%B6%C3%9Fe");
  expect((await response.arrayBuffer()).byteLength).toBe(1000);
  expect(new URL(String(videoUrl)).pathname).toContain(`/uploads/${videoId}/`);
});

test('a READY video has its stream and its captions, and the file still', async () => {
  const { videoId } = await uploaded(api);
  const prefix = await publish(api, videoId, { 'master.m3u8': '#EXTM3U\n', 'captions.vtt': 'WEBVTT\n' });
  await runStatement(
    api.platform,
    `insert into video_assets (id, video_id, version, type, container, file_key, created_at)
     select ?, id, current_version, 'CAPTION', 'vtt', ?, now() from videos where id = ?`,
    [randomUUID(), `${prefix}captions.vtt`, videoId],
  );
  const body = await read(videoId);
  expect(body).toMatchObject({
    status: 'READY',
    playbackUrl: `http://localhost:4000/media/${prefix}master.m3u8`,
    captionUrl: `http://localhost:4000/media/${prefix}captions.vtt`,
    videoUrl: expect.stringContaining('response-content-disposition=attachment'),
  });
});

test("another owner's video, one that never was, and no id at all are 404", async () => {
  const videoId = await draft(api);
  for (const response of [
    await api.call('GET', `/video/${videoId}`, { as: randomUUID() }),
    await api.call('GET', `/video/${randomUUID()}`),
    await api.call('GET', '/video/1'),
  ])
    expect((await problemOf(response)).code).toBe('video_not_found');
  expect((await api.call('GET', `/video/${videoId}`, { as: null })).status).toBe(401);
});
