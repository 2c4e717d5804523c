import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type EmbeddedS3, startEmbeddedS3 } from '#bootstrap/embedded/s3/server.ts';
import { refusedSignatures } from '#providers/storage/refused-signatures.ts';
import { s3Connection } from '#providers/storage/s3-object-store.ts';
import type { S3Options } from '#providers/storage/s3-server.ts';
import { s3Error, scriptedServer } from './faulty-servers.ts';

const CALLS = { accessKeyId: 'calls', secretAccessKey: 'secret-of-calls' };
const SIGNS = { accessKeyId: 'signs', secretAccessKey: 'secret-of-signatures' };
const SIGNED = { signingCredentials: SIGNS };
const HOUR_SECONDS = 3600;

let folder: string;
let s3: EmbeddedS3;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sluice-signing-'));
  const keys = { calls: CALLS.secretAccessKey, signs: SIGNS.secretAccessKey };
  s3 = await startEmbeddedS3({ dir: folder, port: 0, keys, buckets: ['sources'] });
});
afterAll(async () => {
  await s3.close();
  await rm(folder, { recursive: true, force: true });
});

function connect(options: Partial<S3Options> = {}) {
  const connection = s3Connection({
    region: 'us-east-1',
    endpoint: s3.url,
    vendor: 'embedded',
    credentials: CALLS,
    limits: { attempts: 2, retryDelayMs: 1 },
    ...options,
  });
  onTestFinished(() => connection.close());
  return connection;
}

/** A role's session, as the SDK's chain gives it, that ends in so many seconds. */
function inSession(options: Partial<S3Options>, lifeSeconds: number) {
  const connection = connect(options);
  const session = { ...CALLS, expiration: new Date(Date.now() + lifeSeconds * 1000) };
  connection.server.client.config.credentials = async () => session;
  return { store: connection.store('sources'), endsAt: session.expiration };
}

const signerOf = (url: string) => new URL(url).searchParams.get('X-Amz-Credential')?.split('/')[0];

describe('URLs that a key of their own signs', () => {
  test('PUT, GET and UploadPart work, and each names that key', async () => {
    const store = connect(SIGNED).store('sources');
    const put = await store.presignPut('uploads/a', { urlTtlSeconds: 60, sizeBytes: 3 });
    expect((await fetch(put.url, { method: 'PUT', body: 'abc' })).status).toBe(200);
    const get = await store.presignGet('uploads/a', { urlTtlSeconds: 60, attachmentFilename: 'a.mp4' });
    expect(await (await fetch(get.url)).text()).toBe('abc');
    const uploadId = await store.createMultipart('uploads/b', { contentType: 'video/mp4' });
    const part = await store.presignPart('uploads/b', uploadId, 1, { urlTtlSeconds: 60, sizeBytes: 4 });
    expect((await fetch(part.url, { method: 'PUT', body: 'part' })).status).toBe(200);
    expect(await store.listParts('uploads/b', uploadId)).toMatchObject([{ partNumber: 1, sizeBytes: 4 }]);
    expect([put, get, part].map(({ url }) => signerOf(url))).toEqual(['signs', 'signs', 'signs']);
  });

  test('calls go by the other key: a signing key that storage does not know spoils the URLs alone', async () => {
    const signingCredentials = { accessKeyId: 'deleted', secretAccessKey: 'x' };
    const store = connect({ signingCredentials }).store('sources');
    await store.put('uploads/c', 'abc', { contentType: 'text/plain' });
    expect(await store.head('uploads/c')).toMatchObject({ sizeBytes: 3 });
    const { url } = await store.presignGet('uploads/c', { urlTtlSeconds: 60 });
    expect((await fetch(url)).status).toBe(403);
    const unknown = connect({ ...SIGNED, credentials: signingCredentials }).store('sources');
    await expect(unknown.head('uploads/c')).rejects.toMatchObject({ code: 'access_refused' });
    expect((await fetch((await unknown.presignGet('uploads/c', { urlTtlSeconds: 60 })).url)).status).toBe(
      200,
    );
  });
});

describe('the life of a URL in a session that ends', () => {
  const asked = { urlTtlSeconds: 12 * HOUR_SECONDS };
  const signEach = (store: ReturnType<typeof inSession>['store']) =>
    Promise.all([
      store.presignPut('uploads/d', asked),
      store.presignGet('uploads/d', asked),
      store.presignPart('uploads/d', 'upload', 1, asked),
    ]);

  test('is never longer than the session, however little of it is left', async () => {
    for (const lifeSeconds of [HOUR_SECONDS, 100, 61, 30, 2]) {
      const { store, endsAt } = inSession({}, lifeSeconds);
      for (const { url, expiresAt } of await signEach(store)) {
        expect(expiresAt.getTime()).toBeLessThanOrEqual(endsAt.getTime());
        expect(Number(new URL(url).searchParams.get('X-Amz-Expires'))).toBeGreaterThanOrEqual(1);
      }
    }
  });

  test('that is over signs nothing, and says why', async () => {
    const { store } = inSession({}, -5);
    await expect(store.presignPut('uploads/d', asked)).rejects.toMatchObject({
      code: 'access_refused',
      message: 'storage refused the access key: its session token is no longer valid',
    });
  });

  test('is whole with a signing key, even after the session', async () => {
    for (const lifeSeconds of [HOUR_SECONDS, 30, -5]) {
      const { store } = inSession(SIGNED, lifeSeconds);
      for (const { url, expiresAt } of await signEach(store)) {
        expect(new URL(url).searchParams.get('X-Amz-Expires')).toBe(String(12 * HOUR_SECONDS));
        expect(expiresAt.getTime()).toBeGreaterThan(Date.now() + 11.9 * HOUR_SECONDS * 1000);
      }
    }
  });
});

describe('a signing key that fails is told in one line', () => {
  const REFUSED =
    'the key of S3_SIGNING_ACCESS_KEY_ID signs URLs that fail: storage refused the access key: ';
  const look = (options: Partial<S3Options>) =>
    refusedSignatures(connect({ ...SIGNED, ...options }).server, 'sources', 'uploads/');

  test('one that storage does not know, and one with a wrong secret', async () => {
    expect(await look({ signingCredentials: { ...SIGNS, accessKeyId: 'deleted' } })).toEqual([
      `${REFUSED}it does not know it`,
    ]);
    expect(await look({ signingCredentials: { ...SIGNS, secretAccessKey: 'mistyped' } })).toEqual([
      `${REFUSED}its secret does not match`,
    ]);
  });

  test('one that may not write where uploads go', async () => {
    await using server = await scriptedServer(s3Error(403, 'AccessDenied'));
    expect(await look({ endpoint: server.url })).toEqual([
      `${REFUSED}it may not call PutObject on bucket sources`,
    ]);
  });

  test('one that works is not complained of, and leaves nothing in the bucket', async () => {
    const store = connect(SIGNED).store('sources');
    expect(await look({})).toEqual([]);
    expect(await Array.fromAsync(store.list('uploads/signing-check'))).toEqual([]);
    expect(await Array.fromAsync(store.listMultiparts('uploads/signing-check'))).toEqual([]);
  });

  test('without one, and where storage is away or has troubles of its own, nothing is said', async () => {
    await using server = await scriptedServer(s3Error(503, 'SlowDown'));
    expect(await look({ endpoint: server.url })).toEqual([]);
    expect(await look({ endpoint: 'http://127.0.0.1:9' })).toEqual([]);
    await using asked = await scriptedServer(s3Error(403, 'InvalidAccessKeyId'));
    const without = s3Connection({ region: 'us-east-1', endpoint: asked.url, credentials: CALLS });
    onTestFinished(() => without.close());
    expect(await refusedSignatures(without.server, 'sources', 'uploads/')).toEqual([]);
    expect(asked.requests).toEqual([]);
  });
});
