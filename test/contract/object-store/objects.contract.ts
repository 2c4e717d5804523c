import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import {
  collect,
  expectStorageError,
  MIB,
  md5,
  type ObjectStoreStand,
  ODD_NAMES,
  slices,
  TYPE,
} from './stand.ts';

export function objectsContract(stand: ObjectStoreStand): void {
  const { fresh } = stand;
  const store = () => stand.subject().store;

  describe('objects', () => {
    test('a stream and bytes are stored whole', async () => {
      const bytes = randomBytes(3 * MIB);
      for (const body of [bytes, Readable.from(slices(bytes, 100_000))]) {
        const key = fresh();
        const { etag } = await store().put(key, body, { ...TYPE, sizeBytes: bytes.length });
        expect(etag).toBe(md5(bytes));
        const got = await store().get(key);
        expect(got.object).toEqual({ ...(await store().head(key)), etag });
        expect(got.range).toEqual({ start: 0, end: bytes.length - 1 });
        expect(md5(await buffer(got.body))).toBe(etag);
      }
    });

    test('an empty object is an object', async () => {
      for (const body of ['', Readable.from([])]) {
        const key = fresh();
        await store().put(key, body, { ...TYPE, sizeBytes: 0 });
        const got = await store().get(key);
        expect((await buffer(got.body)).length).toBe(0);
        expect(got).toMatchObject({ object: { sizeBytes: 0 }, range: { start: 0, end: -1 } });
      }
    });

    test('a stream without a size, or of another size, is refused and leaves the old object', async () => {
      const key = fresh();
      await store().put(key, 'old', TYPE);
      const body = () => Readable.from([Buffer.alloc(70_000), Buffer.alloc(70_000)]);
      const unsized = body();
      await expectStorageError(store().put(key, unsized, TYPE), 'rejected');
      expect(unsized.destroyed).toBe(true);
      for (const sizeBytes of [100_000, 200_000])
        await expectStorageError(store().put(key, body(), { ...TYPE, sizeBytes }), 'rejected');
      expect((await store().head(key)).etag).toBe(md5(Buffer.from('old')));
    });

    test('a stream that fails gives its own error and leaves the old object', async () => {
      const key = fresh();
      await store().put(key, 'old', TYPE);
      const failure = new Error('the disk is gone');
      async function* failing() {
        yield Buffer.alloc(1000);
        throw failure;
      }
      const stored = store().put(key, Readable.from(failing()), { ...TYPE, sizeBytes: 5 * MIB });
      await expect(stored).rejects.toBe(failure);
      expect((await store().head(key)).etag).toBe(md5(Buffer.from('old')));
    });

    test("an abort ends a put and a get with the caller's reason", async () => {
      const key = fresh();
      const reason = new Error('no longer wanted');
      const aborter = new AbortController();
      const endless = new Readable({ read() {} });
      endless.push(Buffer.alloc(1000));
      const stored = store().put(key, endless, { ...TYPE, sizeBytes: MIB, signal: aborter.signal });
      aborter.abort(reason);
      await expect(stored).rejects.toBe(reason);
      expect(endless.destroyed).toBe(true);

      await store().put(key, Buffer.alloc(8 * MIB), TYPE);
      const reader = new AbortController();
      const { body } = await store().get(key, { signal: reader.signal });
      reader.abort(reason);
      await expect(buffer(body)).rejects.toBe(reason);
      await expect(store().get(key, { signal: reader.signal })).rejects.toBe(reason);
    });

    test('ranges are inclusive, open-ended or counted from the end', async () => {
      const key = fresh();
      await store().put(key, '0123456789', TYPE);
      const read = async (range: { start: number; end?: number }) => {
        const got = await store().get(key, { range });
        return [String(await buffer(got.body)), got.range, got.object.sizeBytes];
      };
      expect(await read({ start: 2, end: 4 })).toEqual(['234', { start: 2, end: 4 }, 10]);
      expect(await read({ start: 7 })).toEqual(['789', { start: 7, end: 9 }, 10]);
      expect(await read({ start: 8, end: 99 })).toEqual(['89', { start: 8, end: 9 }, 10]);
      expect(await read({ start: -3 })).toEqual(['789', { start: 7, end: 9 }, 10]);
      await expectStorageError(store().get(key, { range: { start: 10 } }), 'range_not_satisfiable');
    });

    test('a read is pinned to the ETag it names', async () => {
      const key = fresh();
      const { etag } = await store().put(key, 'first', TYPE);
      expect(String(await buffer((await store().get(key, { ifMatch: etag })).body))).toBe('first');
      await store().put(key, 'second', TYPE);
      await expectStorageError(store().get(key, { ifMatch: etag }), 'object_changed');
      const range = { start: 0, end: 1 };
      await expectStorageError(store().get(key, { ifMatch: etag, range }), 'object_changed');
    });

    test('what is not there is said to be so', async () => {
      await expectStorageError(store().head(fresh()), 'object_not_found');
      await expectStorageError(store().get(fresh()), 'object_not_found');
    });

    test('objects are listed in key order over all pages, whatever their keys', async () => {
      const folder = fresh('');
      const keys = [...ODD_NAMES, 'b', 'a', 'B', 'é'].map((name) => `${folder}${name}`);
      for (const key of keys) await store().put(key, key, TYPE);
      const expected = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      for (const lister of [store(), stand.subject().small]) {
        const listed = await collect(lister.list(folder));
        expect(listed.map(({ key }) => key)).toEqual(expected);
        expect(listed.map(({ etag }) => etag)).toEqual(expected.map((key) => md5(Buffer.from(key))));
      }
      expect(await collect(store().list(`${folder}nothing`))).toEqual([]);
    });

    test('many are deleted at once, and what is missing is no error', async () => {
      const folder = fresh('');
      const keys = ODD_NAMES.map((name) => `${folder}${name}`);
      for (const key of keys) await store().put(key, 'x', TYPE);
      const missing = Array.from({ length: 1100 }, (_, index) => `${folder}missing-${index}`);
      await store().deleteMany([...missing, ...keys]);
      expect(await collect(store().list(folder))).toEqual([]);
      await store().deleteMany(keys);
      await store().deleteMany([]);
    });
  });
}
