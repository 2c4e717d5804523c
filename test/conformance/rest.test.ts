import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { waitFor } from '#test/support/conditions.ts';
import type { Matcher } from '#test/support/fault-proxy.ts';
import { answer, cut, type Fault, hang, lostAnswer, twice } from '#test/support/faults.ts';
import { type Deployment, type Owner, startDeployment } from './deployment.ts';
import { PART_SIZE_BYTES_MAX, type RestUpload, uploadByRest } from './rest-client.ts';
import { expiredUrl, falseSuccess, forbidden, requestTimeout, unavailable } from './s3-answers.ts';
import type { SourceFile } from './source-file.ts';

const MIB = 1024 ** 2;

let deployment: Deployment;
let file: SourceFile;
beforeAll(async () => {
  deployment = await startDeployment();
  file = await deployment.file(2 * PART_SIZE_BYTES_MAX + MIB);
});
afterEach(() => deployment.reset());
afterAll(() => deployment?.close());

const upload = (owner: Owner, options: Partial<RestUpload> = {}) =>
  uploadByRest({ apiUrl: deployment.api.url, bearer: owner.bearer, file, ...options });

const SECOND_PART: Matcher = { method: 'PUT', url: /partNumber=2&/ };
const SIGNING: Matcher = { method: 'POST', url: /\/parts$/ };
const COMPLETION: Matcher = { method: 'POST', url: /\/complete$/ };

/** The same for every case: one video with exactly the file's bytes, and nothing left open. */
async function expectUploadedOnce(owner: Owner): Promise<void> {
  expect(await deployment.remains(owner.id)).toEqual({
    videos: ['UPLOADED'],
    sessions: ['COMPLETED'],
    sources: [file.sha256],
    openMultiparts: 0,
  });
}

type Side = 'api' | 'storage';
const FAULTS: readonly (readonly [what: string, side: Side, fault: Fault, matcher: Matcher, met: number])[] =
  [
    ['a URL that has expired', 'storage', expiredUrl, SECOND_PART, 1],
    ['a 403 that says nothing', 'storage', forbidden, SECOND_PART, 1],
    ['400 RequestTimeout', 'storage', requestTimeout, SECOND_PART, 1],
    ['503 with Retry-After, twice', 'storage', unavailable, { ...SECOND_PART, times: 2 }, 2],
    ['a body that is cut', 'storage', cut(3 * MIB), SECOND_PART, 1],
    ['a part whose answer is lost', 'storage', lostAnswer, SECOND_PART, 1],
    ['a part that storage has not kept', 'storage', falseSuccess, SECOND_PART, 1],
    ['a signing that fails', 'api', answer(500, '{}'), SIGNING, 1],
    ['a video whose answer is lost', 'api', lostAnswer, { method: 'POST', url: /\/api\/videos$/ }, 1],
    ['a session whose answer is lost', 'api', lostAnswer, { method: 'POST', url: /\/uploads$/ }, 1],
    ['a completion whose answer is lost', 'api', lostAnswer, COMPLETION, 1],
    ['a completion that comes twice at once', 'api', twice, COMPLETION, 1],
  ];

test('a file goes up in the parts that the server plans', async () => {
  const owner = await deployment.owner();
  await upload(owner);
  await expectUploadedOnce(owner);
  const parts = deployment.storage.passages.map(({ receivedBytes }) => receivedBytes);
  expect(parts).toEqual([PART_SIZE_BYTES_MAX, PART_SIZE_BYTES_MAX, MIB]);
});

test.each(FAULTS)('%s is overcome, with no part sent again but the one that it met', async (...row) => {
  const [, side, fault, matcher, met] = row;
  deployment[side].plant(fault, matcher);
  const owner = await deployment.owner();
  await upload(owner);
  await expectUploadedOnce(owner);
  const faulty = deployment[side].passages.filter((passage) => passage.fault !== null);
  expect(faulty).toHaveLength(met);
  const again = side === 'storage' ? met : 0;
  expect(deployment.storage.passages).toHaveLength(3 + again);
});

test('a PUT that hangs is given up and sent again', async () => {
  deployment.storage.plant(hang, SECOND_PART);
  const owner = await deployment.owner();
  await upload(owner, { answerTimeoutMs: 1000 });
  await expectUploadedOnce(owner);
});

test('while nothing can be reached it goes on trying, and goes on when it can', async () => {
  const owner = await deployment.owner();
  const sides = [deployment.api, deployment.storage];
  const uploaded = upload(owner, {
    beforePart: async (partNumber) => {
      if (partNumber === 2) for (const side of sides) side.goOffline();
    },
  });
  await waitFor('the client to try again', async () => deployment.api.refusedConnections > 1);
  for (const side of sides) side.goOnline();
  await uploaded;
  await expectUploadedOnce(owner);
});

test('a client that died is taken up by another one, which sends only what is missing', async () => {
  const owner = await deployment.owner();
  const death = new Error('The battery is empty');
  const died = upload(owner, {
    beforePart: async (partNumber) => {
      if (partNumber === 3) throw death;
    },
  });
  await expect(died).rejects.toBe(death);
  const [signing] = deployment.api.passages.filter(({ url }) => SIGNING.url.test(url));
  const uploadSessionId = signing?.url.split('/')[3] ?? '';
  expect(await upload(owner, { uploadSessionId })).toBe(uploadSessionId);
  await expectUploadedOnce(owner);
  expect(deployment.storage.passages).toHaveLength(3);
});

test('a part of another length is refused by storage and reported as missing', async () => {
  const owner = await deployment.owner();
  const session = await openedSession(owner);
  const statuses: number[] = [];
  for (const [partNumber, bytes] of [
    [1, PART_SIZE_BYTES_MAX],
    [2, PART_SIZE_BYTES_MAX - 1],
    [3, MIB + 1],
  ] as const) {
    const { uploadUrl } = await session.post<{ uploadUrl: string }>('/parts', { partNumber });
    const put = await fetch(uploadUrl, { method: 'PUT', body: file.bytes.subarray(0, bytes) });
    await put.arrayBuffer();
    statuses.push(put.status);
  }
  expect(statuses).toEqual([200, 403, 403]);
  expect(await session.post('/complete')).toMatchObject({
    status: 409,
    code: 'parts_missing',
    missing: '2-3',
  });
  await upload(owner, { uploadSessionId: session.id });
  await expectUploadedOnce(owner);
});

test('a login that ends amid an upload does it no harm', async () => {
  const owner = await deployment.owner({ expiresIn: '2s' });
  await upload(owner, {
    beforePart: async (partNumber) => {
      if (partNumber === 2) await waitFor('the login to end', () => deployment.isLoggedOut(owner));
    },
  });
  await expectUploadedOnce(owner);
});

test('a session that has expired says so at every step, and stays ended', async () => {
  const owner = await deployment.owner();
  const session = await openedSession(owner);
  deployment.passSeconds(8 * 86_400);
  const refused = { status: 410, code: 'upload_expired' };
  await expect(upload(owner, { uploadSessionId: session.id })).rejects.toMatchObject(refused);
  for (const step of ['/complete', '/pause', '/resume'])
    expect(await session.post(step, undefined), step).toMatchObject(refused);
});

test('a paused session takes no parts until it is resumed', async () => {
  const owner = await deployment.owner();
  const session = await openedSession(owner);
  await session.post('/parts', { partNumber: 1 });
  await session.post('/pause');
  const refused = { status: 409, code: 'upload_paused' };
  expect(await session.post('/parts', { partNumber: 2 })).toMatchObject(refused);
  expect(await session.post('/complete')).toMatchObject(refused);
  await session.post('/resume');
  await upload(owner, { uploadSessionId: session.id });
  await expectUploadedOnce(owner);
});

/** A session as a client opens it, and bare calls to it. */
async function openedSession(owner: Owner) {
  const call = async <Body>(path: string, json: object = {}): Promise<Body> => {
    const response = await fetch(`${deployment.api.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${owner.bearer}`, 'content-type': 'application/json' },
      body: JSON.stringify(json),
    });
    return (await response.json()) as Body;
  };
  const source = { sourceMime: file.mime, sourceSizeBytes: file.bytes.byteLength };
  const video = await call<{ id: string }>('/api/videos', { title: 'Tour', ...source });
  const { uploadSessionId: id } = await call<{ uploadSessionId: string }>(`/api/videos/${video.id}/uploads`, {
    ...source,
    maxPartSizeBytes: PART_SIZE_BYTES_MAX,
  });
  return { id, post: <Body>(step: string, json?: object) => call<Body>(`/api/uploads/${id}${step}`, json) };
}
