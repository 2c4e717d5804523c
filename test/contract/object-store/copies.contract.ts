import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import {
  collect,
  expectStorageError,
  MIB,
  md5,
  type ObjectStoreStand,
  ODD_NAMES,
  putSource,
  TYPE,
} from './stand.ts';

export function copiesContract(stand: ObjectStoreStand): void {
  const { fresh } = stand;
  const store = () => stand.subject().store;

  describe('copies', () => {
    const TO = { contentType: 'application/mp4', cacheControl: 'max-age=60' };

    test('a copy has the bytes of the source and the type it is given', async () => {
      for (const odd of ODD_NAMES) {
        const source = await putSource(store(), fresh(odd), `bytes of ${odd}`);
        const key = fresh(odd);
        const copy = await stand.subject().other.copyFrom(source, key, TO);
        expect(copy).toMatchObject({ key, sizeBytes: source.sizeBytes, contentType: TO.contentType });
        expect(String(await buffer((await stand.subject().other.get(key)).body))).toBe(`bytes of ${odd}`);
      }
    });

    test('a source that was swapped after it was looked at is not copied', async () => {
      const source = await putSource(store(), fresh(), 'verified');
      await store().put(source.key, 'smuggled', TYPE);
      const key = fresh();
      await expectStorageError(stand.subject().other.copyFrom(source, key, TO), 'object_changed');
      await expectStorageError(stand.subject().other.head(key), 'object_not_found');
    });

    test('a missing source is said to be missing', async () => {
      const source = { bucket: store().bucket, key: fresh(), etag: md5(Buffer.from('')), sizeBytes: 1 };
      const error = await expectStorageError(store().copyFrom(source, fresh(), TO), 'object_not_found');
      expect(error.message).toContain(source.key);
    });

    test('a large source is copied by parts, under the same condition', async () => {
      const bytes = randomBytes(11 * MIB);
      const source = await putSource(store(), fresh('large +é.mp4'), bytes);
      const key = fresh();
      const copy = await stand.subject().small.copyFrom(source, key, TO);
      expect(copy).toMatchObject({ key, sizeBytes: bytes.length, contentType: TO.contentType });
      expect(copy.etag).toMatch(/-3$/);
      expect(md5(await buffer((await store().get(key)).body))).toBe(source.etag);

      await store().put(source.key, randomBytes(11 * MIB), TYPE);
      const refused = fresh();
      await expectStorageError(stand.subject().small.copyFrom(source, refused, TO), 'object_changed');
      await expectStorageError(store().head(refused), 'object_not_found');
      expect(await collect(store().listMultiparts(refused))).toEqual([]);
    });
  });
}
