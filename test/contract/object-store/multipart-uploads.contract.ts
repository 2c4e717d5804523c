import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import {
  collect,
  expectStorageError,
  MIB,
  md5,
  type ObjectStoreStand,
  partOf,
  put,
  TYPE,
  URL_LIFE,
} from './stand.ts';
import { storedPartsContract } from './stored-parts.contract.ts';

export function multipartUploadsContract(stand: ObjectStoreStand): void {
  const { fresh } = stand;
  const store = () => stand.subject().store;

  describe('multipart uploads', () => {
    const PARTS = [randomBytes(5 * MIB), randomBytes(5 * MIB), randomBytes(100)];
    const WHOLE = Buffer.concat(PARTS);

    async function openWithParts(key: string, parts: readonly Uint8Array<ArrayBuffer>[] = PARTS) {
      const uploadId = await store().createMultipart(key, TYPE);
      for (const [index, part] of parts.entries()) {
        const { url } = await store().presignPart(key, uploadId, index + 1, {
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
      const parts = await store().listParts(key, uploadId);
      expect(parts).toEqual(
        PARTS.map((part, index) => ({ partNumber: index + 1, sizeBytes: part.length, etag: md5(part) })),
      );
      const object = await store().completeMultipart(key, uploadId, parts);
      expect(object).toMatchObject({ key, sizeBytes: WHOLE.length, contentType: TYPE.contentType });
      expect(object.etag).toMatch(/^[0-9a-f]{32}-3$/);
      expect(await store().head(key)).toEqual(object);
      expect(md5(await buffer((await store().get(key)).body))).toBe(md5(WHOLE));
    });

    test('parts are listed over all pages', async () => {
      const key = fresh();
      const uploadId = await openWithParts(key, ['a', 'b', 'c', 'd', 'e'].map(Buffer.from));
      const parts = await stand.subject().small.listParts(key, uploadId);
      expect(parts.map(({ partNumber }) => partNumber)).toEqual([1, 2, 3, 4, 5]);
    });

    test('a part of another length than the signed one is refused', async () => {
      const key = fresh();
      const uploadId = await store().createMultipart(key, TYPE);
      const { url } = await store().presignPart(key, uploadId, 1, { ...URL_LIFE, sizeBytes: 5 });
      expect((await put(url, 'bytes and more')).status).toBe(403);
      expect(await store().listParts(key, uploadId)).toEqual([]);
    });

    test('completing again answers the same object', async () => {
      const key = fresh();
      const uploadId = await openWithParts(key);
      const parts = await store().listParts(key, uploadId);
      const first = await store().completeMultipart(key, uploadId, parts);
      expect(await store().completeMultipart(key, uploadId, parts)).toEqual(first);
      const both = Array.from({ length: 2 }, () =>
        store().completeMultipart(key, uploadId, [...parts].reverse()),
      );
      expect(await Promise.all(both)).toEqual([first, first]);
    });

    test('an unknown upload is taken as done only when the very object stands there', async () => {
      const key = fresh();
      const parts = PARTS.map((part, index) => partOf(index + 1, part));
      await expectStorageError(store().completeMultipart(key, 'unknown', parts), 'multipart_not_found');
      await store().put(key, WHOLE, TYPE);
      await expectStorageError(store().completeMultipart(key, 'unknown', parts), 'multipart_not_found');
    });

    test('a missing part and a part with another ETag are refused, and the upload stays open', async () => {
      const key = fresh();
      const uploadId = await openWithParts(key);
      const parts = await store().listParts(key, uploadId);
      const missing = [...parts, partOf(4, Buffer.from('never sent'))];
      await expectStorageError(store().completeMultipart(key, uploadId, missing), 'parts_rejected');
      const swapped = parts.map((part) => ({ ...part, etag: md5(Buffer.from(String(part.partNumber))) }));
      await expectStorageError(store().completeMultipart(key, uploadId, swapped), 'parts_rejected');
      await expectStorageError(store().completeMultipart(key, uploadId, []), 'parts_rejected');
      expect((await store().completeMultipart(key, uploadId, parts)).sizeBytes).toBe(WHOLE.length);
    });

    storedPartsContract(() => ({ store: store(), key: fresh() }));

    test('a small part that is not the last is refused', async () => {
      const key = fresh();
      const uploadId = await openWithParts(key, ['a', 'b'].map(Buffer.from));
      const parts = await store().listParts(key, uploadId);
      await expectStorageError(store().completeMultipart(key, uploadId, parts), 'parts_rejected');
    });

    test('an aborted upload is gone with its parts, and aborting again is no error', async () => {
      const key = fresh();
      const uploadId = await openWithParts(key, ['a'].map(Buffer.from));
      await store().abortMultipart(key, uploadId);
      await store().abortMultipart(key, uploadId);
      await store().abortMultipart(key, 'unknown');
      await expectStorageError(store().listParts(key, uploadId), 'multipart_not_found');
      await expectStorageError(
        store().completeMultipart(key, uploadId, [partOf(1, Buffer.from('a'))]),
        'multipart_not_found',
      );
    });

    test('open uploads are found until they end', async () => {
      const folder = fresh('');
      const keys = ['b', 'a b+%', 'c', 'd', 'e'].map((name) => `${folder}${name}`);
      const uploadIds = new Map<string, string>();
      for (const key of keys) uploadIds.set(key, await store().createMultipart(key, TYPE));
      const prefixes = stand.subject().findsMultipartsByPrefix ? [folder] : keys;
      const found = async () => {
        const pages = prefixes.map((prefix) => collect(stand.subject().small.listMultiparts(prefix)));
        return (await Promise.all(pages)).flat();
      };
      expect((await found()).map(({ key, uploadId }) => [key, uploadId]).sort()).toEqual(
        [...uploadIds].sort(),
      );
      for (const [key, uploadId] of uploadIds) await store().abortMultipart(key, uploadId);
      expect(await found()).toEqual([]);
    });
  });
}
