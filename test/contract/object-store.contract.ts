import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ObjectStore, StoredPart } from '#providers/storage/object-store.ts';
import { StorageError, type StorageErrorCode } from '#providers/storage/storage-errors.ts';
import { waitFor } from '#test/support/conditions.ts';
import { storedPartsContract } from './stored-parts.contract.ts';

/** What the contract runs against: real stores on a real server. */
export interface ObjectStoreSubject {
  readonly store: ObjectStore;
  /** A second bucket of the same server. */
  readonly other: ObjectStore;
  /** The bucket of `store` in pages of two entries; copies above 6 MiB go by parts of 5 MiB. */
  readonly small: ObjectStore;
  /** The bucket of `store` by an access key that the server does not know. */
  readonly stranger: ObjectStore;
  /** A bucket that does not exist. */
  readonly nowhere: ObjectStore;
  /** False where open uploads are found by their whole key only. */
  readonly findsMultipartsByPrefix: boolean;
  close(): Promise<void>;
}

const MIB = 1024 ** 2;
const TYPE = { contentType: 'video/mp4' };
const URL_LIFE = { urlTtlSeconds: 300 };

/** Every promise that the docstrings of the port make. */
export function objectStoreContract(name: string, openSubject: () => Promise<ObjectStoreSubject>): void {
  describe(`object store: ${name}`, () => {
    let subject: ObjectStoreSubject;
    let store: ObjectStore;
    // Everything is kept under one prefix, so that a bucket in use elsewhere does no harm and takes none.
    const root = `contract-${randomUUID()}/`;
    const fresh = (suffix = 'object.bin') => `${root}${randomUUID()}/${suffix}`;

    beforeAll(async () => {
      subject = await openSubject();
      store = subject.store;
    });

    afterAll(async () => {
      if (!subject) return;
      for (const { list, deleteMany } of [subject.store, subject.other])
        await deleteMany((await collect(list(root))).map(({ key }) => key));
      for (const { key, uploadId } of await collect(store.listMultiparts(root)))
        await store.abortMultipart(key, uploadId);
      await subject.close();
    });

    describe('presigned URLs', () => {
      test('a PUT by URL stores the object under its type', async () => {
        const key = fresh();
        const { url } = await store.presignPut(key, { ...URL_LIFE, ...TYPE, sizeBytes: 5 });
        const answer = await put(url, 'bytes', { 'content-type': TYPE.contentType });
        expect(answer.status).toBe(200);
        expect(await store.head(key)).toMatchObject({ key, sizeBytes: 5, contentType: TYPE.contentType });
      });

      test('a body of another length than the signed one is refused', async () => {
        const key = fresh();
        const { url } = await store.presignPut(key, { ...URL_LIFE, sizeBytes: 5 });
        expect((await put(url, 'too many bytes')).status).toBe(403);
        expect((await put(url, 'few')).status).toBe(403);
        await expectStorageError(store.head(key), 'object_not_found');
      });

      test('without a length any length is taken', async () => {
        const { url } = await store.presignPut(fresh(), URL_LIFE);
        expect((await put(url, 'any')).status).toBe(200);
      });

      test('another type than the signed one is refused', async () => {
        const { url } = await store.presignPut(fresh(), { ...URL_LIFE, ...TYPE });
        expect((await put(url, 'bytes', { 'content-type': 'text/html' })).status).toBe(403);
      });

      test('a GET by URL answers the bytes, and names the file to save', async () => {
        const key = fresh('clip.mp4');
        await store.put(key, 'bytes', TYPE);
        const plain = await fetch((await store.presignGet(key, URL_LIFE)).url);
        expect(await plain.text()).toBe('bytes');
        const named = await store.presignGet(key, { ...URL_LIFE, attachmentFilename: 'Film "1" é+%.mp4' });
        const disposition = (await fetch(named.url)).headers.get('content-disposition');
        expect(disposition).toMatch(/^attachment; filename="Film _1_ _\+_\.mp4"; /);
        expect(disposition).toContain("filename*=UTF-8''Film%20%221%22%20%C3%A9%2B%25.mp4");
      });

      test('a URL is good for its method only', async () => {
        const key = fresh();
        await store.put(key, 'bytes', TYPE);
        const { url } = await store.presignGet(key, URL_LIFE);
        expect((await put(url, 'other')).status).toBe(403);
      });

      test('a URL ends when it says', async () => {
        const key = fresh();
        await store.put(key, 'bytes', TYPE);
        const { url, expiresAt } = await store.presignGet(key, { urlTtlSeconds: 1 });
        expect(expiresAt.getTime()).toBeLessThanOrEqual(Date.now() + 1000);
        await waitFor('the URL to expire', async () => (await fetch(url)).status === 403);
        expect(Date.now()).toBeGreaterThanOrEqual(expiresAt.getTime());
      });

      test('no URL carries a checksum, which would be that of an empty body', async () => {
        const key = fresh();
        const urls = [
          await store.presignPut(key, { ...URL_LIFE, ...TYPE, sizeBytes: 5 }),
          await store.presignPart(key, 'upload', 1, { ...URL_LIFE, sizeBytes: 5 }),
          await store.presignGet(key, URL_LIFE),
        ];
        for (const { url } of urls) expect(url.toLowerCase()).not.toMatch(/checksum|crc32/);
      });

      test('keys of any characters can be signed', async () => {
        for (const odd of ODD_NAMES) {
          const key = fresh(odd);
          const { url } = await store.presignPut(key, URL_LIFE);
          expect((await put(url, odd)).status, odd).toBe(200);
          expect(await (await fetch((await store.presignGet(key, URL_LIFE)).url)).text()).toBe(odd);
          expect((await store.head(key)).sizeBytes).toBe(Buffer.byteLength(odd));
        }
      });
    });

    test('restore leaves alone what can be read, and knows what is not there', async () => {
      const key = fresh();
      await store.put(key, 'bytes', TYPE);
      expect(await store.restore(key, { days: 1 })).toBeUndefined();
      expect((await store.head(key)).archive).toBeUndefined();
      await expectStorageError(store.restore(fresh(), { days: 1 }), 'object_not_found');
    });

    describe('multipart uploads', () => {
      const PARTS = [randomBytes(5 * MIB), randomBytes(5 * MIB), randomBytes(100)];
      const WHOLE = Buffer.concat(PARTS);

      async function openWithParts(key: string, parts: readonly Uint8Array<ArrayBuffer>[] = PARTS) {
        const uploadId = await store.createMultipart(key, TYPE);
        for (const [index, part] of parts.entries()) {
          const { url } = await store.presignPart(key, uploadId, index + 1, {
            ...URL_LIFE,
            sizeBytes: part.length,
          });
          expect((await put(url, part)).status).toBe(200);
        }
        return uploadId;
      }

      test('parts put by URL are listed in order and joined', async () => {
        const key = fresh();
        const uploadId = await openWithParts(key);
        const parts = await store.listParts(key, uploadId);
        expect(parts).toEqual(
          PARTS.map((part, index) => ({ partNumber: index + 1, sizeBytes: part.length, etag: md5(part) })),
        );
        const object = await store.completeMultipart(key, uploadId, parts);
        expect(object).toMatchObject({ key, sizeBytes: WHOLE.length, contentType: TYPE.contentType });
        expect(object.etag).toMatch(/^[0-9a-f]{32}-3$/);
        expect(await store.head(key)).toEqual(object);
        expect(md5(await buffer((await store.get(key)).body))).toBe(md5(WHOLE));
      });

      test('parts are listed over all pages', async () => {
        const key = fresh();
        const uploadId = await openWithParts(key, ['a', 'b', 'c', 'd', 'e'].map(Buffer.from));
        const parts = await subject.small.listParts(key, uploadId);
        expect(parts.map(({ partNumber }) => partNumber)).toEqual([1, 2, 3, 4, 5]);
      });

      test('a part of another length than the signed one is refused', async () => {
        const key = fresh();
        const uploadId = await store.createMultipart(key, TYPE);
        const { url } = await store.presignPart(key, uploadId, 1, { ...URL_LIFE, sizeBytes: 5 });
        expect((await put(url, 'bytes and more')).status).toBe(403);
        expect(await store.listParts(key, uploadId)).toEqual([]);
      });

      test('completing again answers the same object', async () => {
        const key = fresh();
        const uploadId = await openWithParts(key);
        const parts = await store.listParts(key, uploadId);
        const first = await store.completeMultipart(key, uploadId, parts);
        expect(await store.completeMultipart(key, uploadId, parts)).toEqual(first);
        const both = Array.from({ length: 2 }, () =>
          store.completeMultipart(key, uploadId, [...parts].reverse()),
        );
        expect(await Promise.all(both)).toEqual([first, first]);
      });

      test('an unknown upload is taken as done only when the very object stands there', async () => {
        const key = fresh();
        const parts = PARTS.map((part, index) => partOf(index + 1, part));
        await expectStorageError(store.completeMultipart(key, 'unknown', parts), 'multipart_not_found');
        await store.put(key, WHOLE, TYPE);
        await expectStorageError(store.completeMultipart(key, 'unknown', parts), 'multipart_not_found');
      });

      test('a missing part and a part with another ETag are refused, and the upload stays open', async () => {
        const key = fresh();
        const uploadId = await openWithParts(key);
        const parts = await store.listParts(key, uploadId);
        const missing = [...parts, partOf(4, Buffer.from('never sent'))];
        await expectStorageError(store.completeMultipart(key, uploadId, missing), 'parts_rejected');
        const swapped = parts.map((part) => ({ ...part, etag: md5(Buffer.from(String(part.partNumber))) }));
        await expectStorageError(store.completeMultipart(key, uploadId, swapped), 'parts_rejected');
        await expectStorageError(store.completeMultipart(key, uploadId, []), 'parts_rejected');
        expect((await store.completeMultipart(key, uploadId, parts)).sizeBytes).toBe(WHOLE.length);
      });

      storedPartsContract(() => ({ store, key: fresh() }));

      test('a small part that is not the last is refused', async () => {
        const key = fresh();
        const uploadId = await openWithParts(key, ['a', 'b'].map(Buffer.from));
        const parts = await store.listParts(key, uploadId);
        await expectStorageError(store.completeMultipart(key, uploadId, parts), 'parts_rejected');
      });

      test('an aborted upload is gone with its parts, and aborting again is no error', async () => {
        const key = fresh();
        const uploadId = await openWithParts(key, ['a'].map(Buffer.from));
        await store.abortMultipart(key, uploadId);
        await store.abortMultipart(key, uploadId);
        await store.abortMultipart(key, 'unknown');
        await expectStorageError(store.listParts(key, uploadId), 'multipart_not_found');
        await expectStorageError(
          store.completeMultipart(key, uploadId, [partOf(1, Buffer.from('a'))]),
          'multipart_not_found',
        );
      });

      test('open uploads are found until they end', async () => {
        const folder = fresh('');
        const keys = ['b', 'a b+%', 'c', 'd', 'e'].map((name) => `${folder}${name}`);
        const uploadIds = new Map<string, string>();
        for (const key of keys) uploadIds.set(key, await store.createMultipart(key, TYPE));
        const prefixes = subject.findsMultipartsByPrefix ? [folder] : keys;
        const found = async () => {
          const pages = prefixes.map((prefix) => collect(subject.small.listMultiparts(prefix)));
          return (await Promise.all(pages)).flat();
        };
        expect((await found()).map(({ key, uploadId }) => [key, uploadId]).sort()).toEqual(
          [...uploadIds].sort(),
        );
        for (const [key, uploadId] of uploadIds) await store.abortMultipart(key, uploadId);
        expect(await found()).toEqual([]);
      });
    });

    describe('objects', () => {
      test('a stream and bytes are stored whole', async () => {
        const bytes = randomBytes(3 * MIB);
        for (const body of [bytes, Readable.from(slices(bytes, 100_000))]) {
          const key = fresh();
          const { etag } = await store.put(key, body, { ...TYPE, sizeBytes: bytes.length });
          expect(etag).toBe(md5(bytes));
          const got = await store.get(key);
          expect(got.object).toEqual({ ...(await store.head(key)), etag });
          expect(got.range).toEqual({ start: 0, end: bytes.length - 1 });
          expect(md5(await buffer(got.body))).toBe(etag);
        }
      });

      test('an empty object is an object', async () => {
        for (const body of ['', Readable.from([])]) {
          const key = fresh();
          await store.put(key, body, { ...TYPE, sizeBytes: 0 });
          const got = await store.get(key);
          expect((await buffer(got.body)).length).toBe(0);
          expect(got).toMatchObject({ object: { sizeBytes: 0 }, range: { start: 0, end: -1 } });
        }
      });

      test('a stream without a size, or of another size, is refused and leaves the old object', async () => {
        const key = fresh();
        await store.put(key, 'old', TYPE);
        const body = () => Readable.from([Buffer.alloc(70_000), Buffer.alloc(70_000)]);
        const unsized = body();
        await expectStorageError(store.put(key, unsized, TYPE), 'rejected');
        expect(unsized.destroyed).toBe(true);
        for (const sizeBytes of [100_000, 200_000])
          await expectStorageError(store.put(key, body(), { ...TYPE, sizeBytes }), 'rejected');
        expect((await store.head(key)).etag).toBe(md5(Buffer.from('old')));
      });

      test('a stream that fails gives its own error and leaves the old object', async () => {
        const key = fresh();
        await store.put(key, 'old', TYPE);
        const failure = new Error('the disk is gone');
        async function* failing() {
          yield Buffer.alloc(1000);
          throw failure;
        }
        const stored = store.put(key, Readable.from(failing()), { ...TYPE, sizeBytes: 5 * MIB });
        await expect(stored).rejects.toBe(failure);
        expect((await store.head(key)).etag).toBe(md5(Buffer.from('old')));
      });

      test("an abort ends a put and a get with the caller's reason", async () => {
        const key = fresh();
        const reason = new Error('no longer wanted');
        const aborter = new AbortController();
        const endless = new Readable({ read() {} });
        endless.push(Buffer.alloc(1000));
        const stored = store.put(key, endless, { ...TYPE, sizeBytes: MIB, signal: aborter.signal });
        aborter.abort(reason);
        await expect(stored).rejects.toBe(reason);
        expect(endless.destroyed).toBe(true);

        await store.put(key, Buffer.alloc(8 * MIB), TYPE);
        const reader = new AbortController();
        const { body } = await store.get(key, { signal: reader.signal });
        reader.abort(reason);
        await expect(buffer(body)).rejects.toBe(reason);
        await expect(store.get(key, { signal: reader.signal })).rejects.toBe(reason);
      });

      test('ranges are inclusive, open-ended or counted from the end', async () => {
        const key = fresh();
        await store.put(key, '0123456789', TYPE);
        const read = async (range: { start: number; end?: number }) => {
          const got = await store.get(key, { range });
          return [String(await buffer(got.body)), got.range, got.object.sizeBytes];
        };
        expect(await read({ start: 2, end: 4 })).toEqual(['234', { start: 2, end: 4 }, 10]);
        expect(await read({ start: 7 })).toEqual(['789', { start: 7, end: 9 }, 10]);
        expect(await read({ start: 8, end: 99 })).toEqual(['89', { start: 8, end: 9 }, 10]);
        expect(await read({ start: -3 })).toEqual(['789', { start: 7, end: 9 }, 10]);
        await expectStorageError(store.get(key, { range: { start: 10 } }), 'range_not_satisfiable');
      });

      test('a read is pinned to the ETag it names', async () => {
        const key = fresh();
        const { etag } = await store.put(key, 'first', TYPE);
        expect(String(await buffer((await store.get(key, { ifMatch: etag })).body))).toBe('first');
        await store.put(key, 'second', TYPE);
        await expectStorageError(store.get(key, { ifMatch: etag }), 'object_changed');
        const range = { start: 0, end: 1 };
        await expectStorageError(store.get(key, { ifMatch: etag, range }), 'object_changed');
      });

      test('what is not there is said to be so', async () => {
        await expectStorageError(store.head(fresh()), 'object_not_found');
        await expectStorageError(store.get(fresh()), 'object_not_found');
      });

      test('objects are listed in key order over all pages, whatever their keys', async () => {
        const folder = fresh('');
        const keys = [...ODD_NAMES, 'b', 'a', 'B', 'é'].map((name) => `${folder}${name}`);
        for (const key of keys) await store.put(key, key, TYPE);
        const expected = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        for (const lister of [store, subject.small]) {
          const listed = await collect(lister.list(folder));
          expect(listed.map(({ key }) => key)).toEqual(expected);
          expect(listed.map(({ etag }) => etag)).toEqual(expected.map((key) => md5(Buffer.from(key))));
        }
        expect(await collect(store.list(`${folder}nothing`))).toEqual([]);
      });

      test('many are deleted at once, and what is missing is no error', async () => {
        const folder = fresh('');
        const keys = ODD_NAMES.map((name) => `${folder}${name}`);
        for (const key of keys) await store.put(key, 'x', TYPE);
        const missing = Array.from({ length: 1100 }, (_, index) => `${folder}missing-${index}`);
        await store.deleteMany([...missing, ...keys]);
        expect(await collect(store.list(folder))).toEqual([]);
        await store.deleteMany(keys);
        await store.deleteMany([]);
      });
    });

    describe('copies', () => {
      const TO = { contentType: 'application/mp4', cacheControl: 'max-age=60' };

      test('a copy has the bytes of the source and the type it is given', async () => {
        for (const odd of ODD_NAMES) {
          const source = await putSource(store, fresh(odd), `bytes of ${odd}`);
          const key = fresh(odd);
          const copy = await subject.other.copyFrom(source, key, TO);
          expect(copy).toMatchObject({ key, sizeBytes: source.sizeBytes, contentType: TO.contentType });
          expect(String(await buffer((await subject.other.get(key)).body))).toBe(`bytes of ${odd}`);
        }
      });

      test('a source that was swapped after it was looked at is not copied', async () => {
        const source = await putSource(store, fresh(), 'verified');
        await store.put(source.key, 'smuggled', TYPE);
        const key = fresh();
        await expectStorageError(subject.other.copyFrom(source, key, TO), 'object_changed');
        await expectStorageError(subject.other.head(key), 'object_not_found');
      });

      test('a missing source is said to be missing', async () => {
        const source = { bucket: store.bucket, key: fresh(), etag: md5(Buffer.from('')), sizeBytes: 1 };
        const error = await expectStorageError(store.copyFrom(source, fresh(), TO), 'object_not_found');
        expect(error.message).toContain(source.key);
      });

      test('a large source is copied by parts, under the same condition', async () => {
        const bytes = randomBytes(11 * MIB);
        const source = await putSource(store, fresh('large +é.mp4'), bytes);
        const key = fresh();
        const copy = await subject.small.copyFrom(source, key, TO);
        expect(copy).toMatchObject({ key, sizeBytes: bytes.length, contentType: TO.contentType });
        expect(copy.etag).toMatch(/-3$/);
        expect(md5(await buffer((await store.get(key)).body))).toBe(source.etag);

        await store.put(source.key, randomBytes(11 * MIB), TYPE);
        const refused = fresh();
        await expectStorageError(subject.small.copyFrom(source, refused, TO), 'object_changed');
        await expectStorageError(store.head(refused), 'object_not_found');
        expect(await collect(store.listMultiparts(refused))).toEqual([]);
      });
    });

    describe('refusals', () => {
      test('a wrong access key is refused in so many words', async () => {
        for (const call of [
          () => subject.stranger.get('a'),
          () => subject.stranger.put('a', 'b', TYPE),
          () => subject.stranger.createMultipart('a', TYPE),
          () => collect(subject.stranger.list('')),
          () => subject.stranger.deleteMany(['a']),
        ]) {
          const error = await expectStorageError(call(), 'access_refused');
          expect(error.message).toMatch(/^storage refused the access key/);
        }
        await expectStorageError(subject.stranger.head('a'), 'access_refused');
      });

      test('a missing bucket is named', async () => {
        for (const call of [
          () => subject.nowhere.get('a'),
          () => subject.nowhere.put('a', 'b', TYPE),
          () => subject.nowhere.createMultipart('a', TYPE),
          () => collect(subject.nowhere.list('')),
        ]) {
          const error = await expectStorageError(call(), 'bucket_not_found');
          expect(error.message).toBe(`bucket ${subject.nowhere.bucket} not found`);
        }
      });
    });
  });
}

/** Names that break what encodes a key once too often or once too little. */
const ODD_NAMES = [
  'a b',
  'a+b',
  'a%20b',
  '100%',
  '"quoted" \'single\'',
  '<a>&amp;',
  'né 日本 🎬',
  "!*'();:@&=$,?#[]",
  'tab\there',
];

function put(url: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) {
  return fetch(url, { method: 'PUT', body, headers });
}

function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}

function partOf(partNumber: number, bytes: Uint8Array): StoredPart {
  return { partNumber, sizeBytes: bytes.length, etag: md5(bytes) };
}

async function putSource(store: ObjectStore, key: string, body: string | Uint8Array) {
  const { etag } = await store.put(key, body, TYPE);
  return { bucket: store.bucket, key, etag, sizeBytes: Buffer.byteLength(body) };
}

function* slices(bytes: Buffer, sliceBytes: number) {
  for (let at = 0; at < bytes.length; at += sliceBytes) yield bytes.subarray(at, at + sliceBytes);
}

async function collect<Entry>(entries: AsyncIterable<Entry>): Promise<Entry[]> {
  const collected: Entry[] = [];
  for await (const entry of entries) collected.push(entry);
  return collected;
}

async function expectStorageError(call: Promise<unknown>, code: StorageErrorCode): Promise<StorageError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(StorageError);
  expect(error).toHaveProperty('code', code);
  return error as StorageError;
}
