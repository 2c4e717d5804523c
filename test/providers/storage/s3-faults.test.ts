import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { s3Connection } from '#providers/storage/s3-object-store.ts';
import type { S3Options } from '#providers/storage/s3-server.ts';
import { isStorageError, type StorageError } from '#providers/storage/storage-errors.ts';
import { waitFor } from '#test/support/conditions.ts';
import { countingRelay, hangingServer, s3Error, scriptedServer } from './faulty-servers.ts';
import { EMBEDDED_KEY, startTestS3 } from './s3-subjects.ts';

const TYPE = { contentType: 'video/mp4' };
const MIB = 1024 ** 2;
const HASTY = {
  connectTimeoutMs: 300,
  answerTimeoutMs: 150,
  heavyTimeoutMs: 150,
  idleTimeoutMs: 150,
  retryForMs: 1_000,
  attempts: 3,
  retryDelayMs: 5,
};

function storeAt(endpoint: string, options: Partial<S3Options> = {}) {
  const connection = s3Connection({
    region: 'us-east-1',
    endpoint,
    credentials: EMBEDDED_KEY,
    vendor: 'embedded',
    limits: HASTY,
    ...options,
  });
  onTestFinished(() => connection.close());
  return connection.store('bucket');
}

async function failureOf(call: Promise<unknown>): Promise<StorageError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isStorageError(error)) throw new Error(`expected a StorageError, got ${error}`);
  return error;
}

type Store = ReturnType<typeof storeAt>;

// MD5 of "bytes", and the ETag of an object joined from that part alone.
const PART = { partNumber: 1, sizeBytes: 5, etag: '4b3a6218bb3e3a7303e8a171a60fcf92' };
const ETAG_OF_PART = '0b034e41e6cd53ddca775db50cc1ff6a-1';
const OK = { status: 200, headers: { etag: '"abc"', 'content-length': '0' } };

describe('a server that is not there', () => {
  test('is named with its address after a few tries', async () => {
    // Port 9 (discard) is served nowhere.
    const error = await failureOf(storeAt('http://127.0.0.1:9').head('key'));
    expect(error).toMatchObject({
      code: 'unavailable',
      message: 'storage unavailable: connect ECONNREFUSED 127.0.0.1:9',
    });
  });

  test('is waited for while it may come back, but no attempt begins after the limit', async () => {
    const limits = { ...HASTY, attempts: 1_000, retryForMs: 200 };
    expect(await failureOf(storeAt('http://127.0.0.1:9', { limits }).head('key'))).toHaveProperty(
      'code',
      'unavailable',
    );
  });
});

describe('a server that hangs', () => {
  test.each([
    ['head', (store: Store) => store.head('key')],
    ['get', (store: Store) => store.get('key')],
    ['put of bytes', (store: Store) => store.put('key', 'bytes', TYPE)],
    [
      'put of a stream',
      (store: Store) => store.put('key', Readable.from(['bytes']), { ...TYPE, sizeBytes: 5 }),
    ],
    ['complete', (store: Store) => store.completeMultipart('key', 'id', [PART])],
    ['deleteMany', (store: Store) => store.deleteMany(['key'])],
  ])('is given up: %s', async (_name, call) => {
    await using server = await hangingServer();
    expect(await failureOf(call(storeAt(server.url)))).toHaveProperty('code', 'unavailable');
  });

  test('in the middle of an answer is given up', async () => {
    await using server = await hangingServer('HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n<?xml');
    const error = await failureOf(storeAt(server.url).listParts('key', 'id'));
    expect(error.message).toBe('storage unavailable: no answer within 0.15 s');
  });

  test('in the middle of a body ends the body', async () => {
    await using server = await hangingServer(
      'HTTP/1.1 200 OK\r\netag: "a"\r\ncontent-length: 500\r\n\r\nbytes',
    );
    const { body } = await storeAt(server.url).get('key');
    const error = await failureOf(buffer(body));
    expect(error.message).toBe('storage unavailable: storage sent no data for 0.15 s');
  });
});

describe('a slow partner that is not storage', () => {
  test('a reader may pause longer than storage may', async () => {
    const s3 = await startTestS3(['bucket']);
    onTestFinished(() => s3.close());
    const store = storeAt(s3.url, { limits: { idleTimeoutMs: 100 } });
    await store.put('key', Buffer.alloc(8 * MIB), TYPE);
    const { body } = await store.get('key');
    const chunks = body[Symbol.asyncIterator]();
    let bytes = (await chunks.next()).value.length;
    await wait(300);
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) bytes += next.value.length;
    expect(bytes).toBe(8 * MIB);
  });

  test('a source may pause longer than storage may', async () => {
    const s3 = await startTestS3(['bucket']);
    onTestFinished(() => s3.close());
    const store = storeAt(s3.url, { limits: { idleTimeoutMs: 100 } });
    async function* slow() {
      yield 'one';
      await wait(300);
      yield 'two';
    }
    await store.put('key', Readable.from(slow()), { ...TYPE, sizeBytes: 6 });
    expect((await store.head('key')).sizeBytes).toBe(6);
  });
});

describe('a server that is busy', () => {
  test.each([
    ['503 SlowDown', s3Error(503, 'SlowDown')],
    ['429', { status: 429 }],
    ['500 InternalError', s3Error(500, 'InternalError')],
    ['400 RequestTimeout', s3Error(400, 'RequestTimeout')],
    ['502 with a page for people', { status: 502, body: '<html><br>Bad gateway' }],
    ['a cut connection', 'cut' as const],
  ])('is asked again: %s', async (_name, answer) => {
    await using server = await scriptedServer(answer, answer, OK);
    expect(await storeAt(server.url).put('key', 'bytes', TYPE)).toEqual({ etag: 'abc' });
    expect(server.requests).toHaveLength(3);
  });

  test('is given up after the last attempt, with its own words', async () => {
    await using server = await scriptedServer(s3Error(503, 'SlowDown', 'Please reduce your request rate.'));
    const error = await failureOf(storeAt(server.url).put('key', 'bytes', TYPE));
    expect(error.message).toBe('storage unavailable: SlowDown: Please reduce your request rate. (503)');
    expect(server.requests).toHaveLength(3);
  });

  test('gets a stream only once', async () => {
    await using server = await scriptedServer('cut', OK);
    const stored = storeAt(server.url).put('key', Readable.from(['bytes']), { ...TYPE, sizeBytes: 5 });
    expect(await failureOf(stored)).toHaveProperty('code', 'unavailable');
    expect(server.requests).toHaveLength(1);
  });

  test('a body that is cut off is an error, not a short object', async () => {
    const headers = { 'content-length': '500', etag: '"a"', connection: 'close' };
    await using server = await scriptedServer({ status: 200, headers, body: 'short' });
    const { body } = await storeAt(server.url).get('key');
    expect(await failureOf(buffer(body))).toHaveProperty('code', 'unavailable');
  });
});

describe('a refusal', () => {
  test.each([
    ['InvalidAccessKeyId', 403, 'access_refused', 'storage refused the access key: it does not know it'],
    ['XAdminUserNotFound', 404, 'access_refused', 'storage refused the access key: it does not know it'],
    [
      'SignatureDoesNotMatch',
      403,
      'access_refused',
      'storage refused the access key: its secret does not match',
    ],
    [
      'AccessDenied',
      403,
      'access_refused',
      'storage refused the access key: it may not call PutObject on bucket bucket',
    ],
    ['NoSuchBucket', 404, 'bucket_not_found', 'bucket bucket not found'],
    [
      'NotImplemented',
      501,
      'rejected',
      'storage rejected PutObject of object key of bucket bucket: NotImplemented: said the server (501)',
    ],
  ])('%s is one line and not repeated', async (code, status, ours, line) => {
    await using server = await scriptedServer(s3Error(status, code));
    expect(await failureOf(storeAt(server.url).put('key', 'b', TYPE))).toMatchObject({
      code: ours,
      message: line,
    });
    expect(server.requests).toHaveLength(1);
  });

  test('a wrong clock is told by its seconds, by name or by a bare 403', async () => {
    const date = new Date(Date.now() + 3_600_000).toUTCString();
    const skewed = s3Error(403, 'RequestTimeTooSkewed');
    await using server = await scriptedServer(
      { ...skewed, headers: { ...skewed.headers, date } },
      { status: 403, headers: { date } },
    );
    const store = storeAt(server.url);
    for (const call of [() => store.put('key', 'b', TYPE), () => store.head('key')]) {
      const error = await failureOf(call());
      expect(error.code).toBe('clock_skewed');
      expect(error.message).toMatch(/^the clock of this machine is off by 3(599|600) s, as storage sees it$/);
    }
  });

  test('no secret and no signed query reaches the error', async () => {
    const said = `see https://host/key?X-Amz-Signature=abc&X-Amz-Credential=def now\nand then`;
    await using server = await scriptedServer(s3Error(400, 'Odd', said.replaceAll('&', '&amp;')));
    const error = await failureOf(storeAt(server.url).put('key', 'b', TYPE));
    expect(error.message).toBe(
      'storage rejected PutObject of object key of bucket bucket: Odd: see https://host/key now and then',
    );
    expect(JSON.stringify([error, error.cause, String(error.cause)])).not.toMatch(/X-Amz|Signature|secret/);
  });
});

describe('completing a multipart upload', () => {
  const joined = {
    status: 200,
    headers: { etag: `"${ETAG_OF_PART}"`, 'content-length': '5', 'last-modified': new Date(0).toUTCString() },
  };

  test('an error inside a 200 is not success, and is tried again', async () => {
    const lateError = { ...s3Error(200, 'InternalError') };
    const done = {
      status: 200,
      body: `<CompleteMultipartUploadResult><ETag>"${ETAG_OF_PART}"</ETag></CompleteMultipartUploadResult>`,
    };
    await using server = await scriptedServer(lateError, done, joined);
    expect(await storeAt(server.url).completeMultipart('key', 'id', [PART])).toMatchObject({
      etag: ETAG_OF_PART,
    });
    expect(server.requests.map((line) => line.split(' ')[0])).toEqual(['POST', 'POST', 'HEAD']);
  });

  test('an upload that storage forgot is done when its object stands', async () => {
    await using server = await scriptedServer(s3Error(404, 'NoSuchUpload'), joined);
    expect(await storeAt(server.url).completeMultipart('key', 'id', [PART])).toMatchObject({
      etag: ETAG_OF_PART,
      sizeBytes: 5,
    });
  });

  test('an upload that storage forgot is not done when another object stands', async () => {
    const other = { ...joined, headers: { ...joined.headers, etag: '"0123"' } };
    const shorter = { ...joined, headers: { ...joined.headers, 'content-length': '4' } };
    for (const answer of [other, shorter, { status: 404 }]) {
      await using server = await scriptedServer(s3Error(404, 'NoSuchUpload'), answer);
      const error = await failureOf(storeAt(server.url).completeMultipart('key', 'id', [PART]));
      expect(error.code).toBe('multipart_not_found');
    }
  });

  test('an answer that never came is no failure when the object stands', async () => {
    await using server = await scriptedServer('cut', 'cut', 'cut', joined);
    expect(await storeAt(server.url).completeMultipart('key', 'id', [PART])).toMatchObject({ sizeBytes: 5 });
  });
});

test('an abort is repeated while storage still knows the upload', async () => {
  const gone = { status: 204 };
  const known = { status: 200, body: '<ListPartsResult><IsTruncated>false</IsTruncated></ListPartsResult>' };
  await using server = await scriptedServer(gone, known, gone, s3Error(404, 'NoSuchUpload'));
  await storeAt(server.url).abortMultipart('key', 'id');
  expect(server.requests.map((line) => line.split(' ')[0])).toEqual(['DELETE', 'GET', 'DELETE', 'GET']);
});

test('a key that storage kept is named', async () => {
  const body =
    '<DeleteResult><Error><Key>a</Key><Code>AccessDenied</Code><Message>no</Message></Error></DeleteResult>';
  await using server = await scriptedServer({ status: 200, body });
  const error = await failureOf(storeAt(server.url).deleteMany(['a', 'b']));
  expect(error.code).toBe('access_refused');
  expect(error.message).toMatch(/^1 objects were not deleted, the first a: /);
});

test('reads that are given up leave no socket open', async () => {
  const s3 = await startTestS3(['bucket']);
  onTestFinished(() => s3.close());
  await using relay = await countingRelay(s3.url);
  const store = storeAt(relay.url, { limits: {} });
  await store.put('key', Buffer.alloc(8 * MIB), TYPE);
  const bodies = await Promise.all(
    Array.from({ length: 50 }, () => store.get('key').then(({ body }) => body)),
  );
  expect(relay.open()).toBeGreaterThanOrEqual(50);
  for (const [index, body] of bodies.entries()) {
    if (index % 2) body.read();
    body.destroy();
  }
  // The one that made the put may stay for the next call.
  await waitFor('the sockets to close', async () => relay.open() <= 1);
});
