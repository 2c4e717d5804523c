import { createHash, randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { ObjectStore, StoredPart } from '#providers/storage/object-store.ts';

const MIB = 1024 ** 2;
const TYPE = { contentType: 'video/mp4' };
const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');

/** What the port promises of parts that are stored from here. @param subject a store, and a key of its own each time */
export function storedPartsContract(subject: () => { store: ObjectStore; key: string }): void {
  test('parts stored from here are joined as those put by URL, and a part put again is replaced', async () => {
    const { store, key } = subject();
    const parts = [randomBytes(5 * MIB), randomBytes(5 * MIB), randomBytes(100)];
    const uploadId = await store.createMultipart(key, TYPE);
    await store.putPart(key, uploadId, 1, randomBytes(5 * MIB));
    const stored: StoredPart[] = [];
    for (const [index, part] of parts.entries())
      stored.push(await store.putPart(key, uploadId, index + 1, part));
    expect(stored).toEqual(
      parts.map((part, index) => ({ partNumber: index + 1, sizeBytes: part.length, etag: md5(part) })),
    );
    expect(await store.listParts(key, uploadId)).toEqual(stored);
    await store.completeMultipart(key, uploadId, stored);
    expect(md5(await buffer((await store.get(key)).body))).toBe(md5(Buffer.concat(parts)));
  });

  test('no part is stored for an upload that is unknown or over', async () => {
    const { store, key } = subject();
    const uploadId = await store.createMultipart(key, TYPE);
    await store.abortMultipart(key, uploadId);
    for (const id of [uploadId, 'unknown'])
      await expect(store.putPart(key, id, 1, Buffer.from('late'))).rejects.toMatchObject({
        name: 'StorageError',
        code: 'multipart_not_found',
      });
  });

  test("a part that is given up ends with the caller's reason", async () => {
    const { store, key } = subject();
    const uploadId = await store.createMultipart(key, TYPE);
    const reason = new Error('no longer wanted');
    const signal = AbortSignal.abort(reason);
    await expect(store.putPart(key, uploadId, 1, Buffer.from('x'), { signal })).rejects.toBe(reason);
    const aborter = new AbortController();
    const stored = store.putPart(key, uploadId, 1, randomBytes(16 * MIB), { signal: aborter.signal });
    aborter.abort(reason);
    await expect(stored).rejects.toBe(reason);
  });
}
