import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { runStatement } from '../pipeline-steps.ts';
import { bodyOf, createTestApi, problemOf, type TestApi } from '../test-api.ts';

const MIB = 1024 ** 2;
const SIZE_BYTES = 8 * MIB + 1000;
const FINGERPRINT = 'ab'.repeat(32);
const OTHER = 'cd'.repeat(32);

let api: TestApi;
let owner: string;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());
beforeEach(() => {
  owner = randomUUID();
});

interface Started {
  readonly uploadSessionId: string;
  readonly partSizeBytes: number;
  readonly parts: { partNumber: number; uploadUrl: string; sizeBytes: number }[];
}
interface Page {
  readonly items: Started[];
  readonly nextCursor: string | null;
}
const startedOf = async (response: Response) => (await response.json()) as Started;
const pageOf = async (response: Response) => (await response.json()) as Page;

async function draft(title = 'Tour'): Promise<string> {
  const json = { title, sourceMime: 'video/mp4', sourceSizeBytes: SIZE_BYTES };
  return (await bodyOf(await api.call('POST', '/api/videos', { json, as: owner }))).id;
}
const start = (videoId: string, members: object = {}) =>
  api.call('POST', `/api/videos/${videoId}/uploads`, {
    json: { sourceMime: 'video/mp4', sourceSizeBytes: SIZE_BYTES, ...members },
    as: owner,
  });
async function opened(members: object = {}, title?: string): Promise<Started & { videoId: string }> {
  const videoId = await draft(title);
  return { videoId, ...(await startedOf(await start(videoId, members))) };
}
async function put({ parts: [first] }: Started): Promise<void> {
  const response = await fetch(first?.uploadUrl ?? '', {
    method: 'PUT',
    body: new Uint8Array(first?.sizeBytes ?? 0),
  });
  expect(response.status).toBe(200);
}
const list = (query = '', as = owner) => api.call('GET', `/api/uploads${query}`, { as });
const items = async (query = '') => (await pageOf(await list(query))).items;

test('another device finds the upload by the content of its file, and what is stored as it was asked last', async () => {
  const upload = await opened({ fingerprint: FINGERPRINT, fileName: 'tour.mp4' }, 'A house');
  await opened({ fingerprint: OTHER });
  await put(upload);
  const [unasked] = await items(`?state=open&fingerprint=${FINGERPRINT}`);
  expect(unasked).toMatchObject({ stored: '', bytesUploaded: 0, storedAt: null });
  await api.call('GET', `/api/uploads/${upload.uploadSessionId}`, { as: owner });
  expect(await items(`?state=open&fingerprint=${FINGERPRINT}`)).toEqual([
    {
      uploadSessionId: upload.uploadSessionId,
      videoId: upload.videoId,
      title: 'A house',
      fileName: 'tour.mp4',
      fingerprint: FINGERPRINT,
      status: 'INITIATED',
      sizeBytes: SIZE_BYTES,
      partSizeBytes: 8 * MIB,
      partCount: 2,
      stored: '1',
      bytesUploaded: 8 * MIB,
      storedAt: expect.stringMatching(/Z$/),
      expiresAt: expect.stringMatching(/Z$/),
      createdAt: expect.stringMatching(/Z$/),
    },
  ]);
});

test('the same content on the same video answers the live session, signed for what is lacking', async () => {
  const first = await opened({ fingerprint: FINGERPRINT });
  await put(first);
  const response = await start(first.videoId, { fingerprint: FINGERPRINT });
  expect(response.status).toBe(200);
  const again = await startedOf(response);
  expect(again).toMatchObject({ uploadSessionId: first.uploadSessionId, stored: '1', uploadToken: null });
  expect(again.parts.map((part) => part.partNumber)).toEqual([2]);
});

test('other content of the same size is another file: it takes the place of nothing that is stored', async () => {
  const first = await opened({ fingerprint: FINGERPRINT });
  const replaced = await start(first.videoId, { fingerprint: OTHER });
  expect(replaced.status).toBe(201);
  const second = await startedOf(replaced);
  expect(second.uploadSessionId).not.toBe(first.uploadSessionId);
  await put(second);
  const refused = await start(first.videoId, { fingerprint: FINGERPRINT });
  expect(refused.status).toBe(409);
  expect(await problemOf(refused)).toMatchObject({
    code: 'upload_conflict',
    uploadSessionId: second.uploadSessionId,
  });
});

test('a client that knows no fingerprint is believed by type and size', async () => {
  const first = await opened({ fingerprint: FINGERPRINT });
  await put(first);
  expect((await start(first.videoId)).status).toBe(200);
  const unnamed = await opened();
  await put(unnamed);
  expect((await start(unnamed.videoId, { fingerprint: FINGERPRINT })).status).toBe(200);
});

test('only open uploads of the caller are listed', async () => {
  const paused = await opened();
  await api.call('POST', `/api/uploads/${paused.uploadSessionId}/pause`, { as: owner });
  const canceled = await opened();
  await api.call('POST', `/api/uploads/${canceled.uploadSessionId}/cancel`, { as: owner });
  const expired = await opened();
  await runStatement(
    api.platform,
    "update upload_sessions set expires_at = now() - interval '1 min' where id = ?",
    [expired.uploadSessionId],
  );
  const deleted = await opened();
  await api.call('DELETE', `/api/videos/${deleted.videoId}`, { as: owner });
  const found = await items();
  expect(found.map(({ uploadSessionId }) => uploadSessionId)).toEqual([paused.uploadSessionId]);
  expect((await pageOf(await list('', randomUUID()))).items).toEqual([]);
});

test('pages are newest first and miss nothing', async () => {
  const made: string[] = [];
  for (let n = 0; n < 5; n += 1) made.push((await opened()).uploadSessionId);
  // All at one moment: then the ids decide.
  await runStatement(
    api.platform,
    `update upload_sessions set created_at = '2026-11-01 10:00:00.123456+00' where id in (?)`,
    [made.slice(0, 3)],
  );
  const seen: string[] = [];
  for (let query = '?limit=2'; query !== ''; ) {
    const page = await pageOf(await list(query));
    expect(page.items.length).toBeLessThanOrEqual(2);
    seen.push(...page.items.map(({ uploadSessionId }) => uploadSessionId));
    query = page.nextCursor === null ? '' : `?limit=2&cursor=${page.nextCursor}`;
  }
  expect(seen).toEqual([...made.slice(3).reverse(), ...made.slice(0, 3).sort().reverse()]);
});

test.each([
  ['?state=closed', 'invalid_request', 'must be open'],
  ['?fingerprint=abc', 'invalid_request', 'must be a SHA-256 in 64 lower-case hex digits'],
  ['?limit=0', 'invalid_request', 'must be at least 1'],
  ['?limit=x', 'invalid_request', 'must be a number'],
  ['?page=2', 'invalid_request', 'is not a known member'],
  ['?cursor=abc', 'invalid_cursor', undefined],
])('a list refuses %s', async (query, code, message) => {
  const response = await list(query);
  expect(response.status).toBe(422);
  const problem = await problemOf(response);
  expect([problem.code, problem.errors[0]?.message]).toEqual([code, message]);
});

test('a list needs a login', async () => {
  expect((await api.call('GET', '/api/uploads', { as: null })).status).toBe(401);
});

test.each([
  [{ maxPartSizeBytes: 5 * MIB }, 5 * MIB],
  [{ maxPartSizeBytes: 6 * MIB + 5 }, 6 * MIB],
  [{ maxPartSizeBytes: 2 ** 40 }, 8 * MIB],
])('a client that says %j gets parts of %i bytes, whoever asks later', async (members, partSizeBytes) => {
  const { videoId } = await opened({ ...members });
  const again = await startedOf(await start(videoId, { maxPartSizeBytes: 64 * MIB }));
  expect(again.partSizeBytes).toBe(partSizeBytes);
});

test.each([
  [{ maxPartSizeBytes: 5 * MIB - 1 }, 'maxPartSizeBytes', 'must be at least 5242880'],
  [
    { fingerprint: FINGERPRINT.toUpperCase() },
    'fingerprint',
    'must be a SHA-256 in 64 lower-case hex digits',
  ],
  [{ fileName: '' }, 'fileName', 'must have at least 1 character'],
  [{ sourceSizeBytes: 1.5 }, 'sourceSizeBytes', 'must be a whole number'],
  [{ sourceSizeBytes: '1' }, 'sourceSizeBytes', 'must be a number'],
  [{ sourceMime: undefined }, 'sourceMime', 'is missing'],
])('a start refuses %j in words', async (members, field, message) => {
  const response = await start(await draft(), members);
  expect(response.status).toBe(422);
  expect((await problemOf(response)).errors).toEqual([{ field, message }]);
});
