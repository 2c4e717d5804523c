import { describe, expect, test } from 'vitest';
import { waitFor } from '#test/support/conditions.ts';
import { expectStorageError, type ObjectStoreStand, ODD_NAMES, put, TYPE, URL_LIFE } from './stand.ts';

export function presignedUrlsContract(stand: ObjectStoreStand): void {
  const { fresh } = stand;
  const store = () => stand.subject().store;

  describe('presigned URLs', () => {
    test('a PUT by URL stores the object under its type', async () => {
      const key = fresh();
      const { url } = await store().presignPut(key, { ...URL_LIFE, ...TYPE, sizeBytes: 5 });
      const answer = await put(url, 'bytes', { 'content-type': TYPE.contentType });
      expect(answer.status).toBe(200);
      expect(await store().head(key)).toMatchObject({ key, sizeBytes: 5, contentType: TYPE.contentType });
    });

    test('a body of another length than the signed one is refused', async () => {
      const key = fresh();
      const { url } = await store().presignPut(key, { ...URL_LIFE, sizeBytes: 5 });
      expect((await put(url, 'too many bytes')).status).toBe(403);
      expect((await put(url, 'few')).status).toBe(403);
      await expectStorageError(store().head(key), 'object_not_found');
    });

    test('without a length any length is taken', async () => {
      const { url } = await store().presignPut(fresh(), URL_LIFE);
      expect((await put(url, 'any')).status).toBe(200);
    });

    test('another type than the signed one is refused', async () => {
      const { url } = await store().presignPut(fresh(), { ...URL_LIFE, ...TYPE });
      expect((await put(url, 'bytes', { 'content-type': 'text/html' })).status).toBe(403);
    });

    test('a GET by URL answers the bytes, and names the file to save', async () => {
      const key = fresh('clip.mp4');
      await store().put(key, 'bytes', TYPE);
      const plain = await fetch((await store().presignGet(key, URL_LIFE)).url);
      expect(await plain.text()).toBe('bytes');
      const named = await store().presignGet(key, { ...URL_LIFE, attachmentFilename: 'Film "1" é+%.mp4' });
      const disposition = (await fetch(named.url)).headers.get('content-disposition');
      expect(disposition).toMatch(/^attachment; filename="Film _1_ _\+_\.mp4"; /);
      expect(disposition).toContain("filename*=UTF-8''Film%20%221%22%20%C3%A9%2B%25.mp4");
    });

    test('a URL is good for its method only', async () => {
      const key = fresh();
      await store().put(key, 'bytes', TYPE);
      const { url } = await store().presignGet(key, URL_LIFE);
      expect((await put(url, 'other')).status).toBe(403);
    });

    test('a URL ends when it says', async () => {
      const key = fresh();
      await store().put(key, 'bytes', TYPE);
      const { url, expiresAt } = await store().presignGet(key, { urlTtlSeconds: 1 });
      expect(expiresAt.getTime()).toBeLessThanOrEqual(Date.now() + 1000);
      await waitFor('the URL to expire', async () => (await fetch(url)).status === 403);
      expect(Date.now()).toBeGreaterThanOrEqual(expiresAt.getTime());
    });

    test('no URL carries a checksum, which would be that of an empty body', async () => {
      const key = fresh();
      const urls = [
        await store().presignPut(key, { ...URL_LIFE, ...TYPE, sizeBytes: 5 }),
        await store().presignPart(key, 'upload', 1, { ...URL_LIFE, sizeBytes: 5 }),
        await store().presignGet(key, URL_LIFE),
      ];
      for (const { url } of urls) expect(url.toLowerCase()).not.toMatch(/checksum|crc32/);
    });

    test('keys of any characters can be signed', async () => {
      for (const odd of ODD_NAMES) {
        const key = fresh(odd);
        const { url } = await store().presignPut(key, URL_LIFE);
        expect((await put(url, odd)).status, odd).toBe(200);
        expect(await (await fetch((await store().presignGet(key, URL_LIFE)).url)).text()).toBe(odd);
        expect((await store().head(key)).sizeBytes).toBe(Buffer.byteLength(odd));
      }
    });
  });
}
