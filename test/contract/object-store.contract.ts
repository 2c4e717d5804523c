import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ObjectStore } from '#providers/storage/object-store.ts';
import { copiesContract } from './object-store/copies.contract.ts';
import { multipartUploadsContract } from './object-store/multipart-uploads.contract.ts';
import { objectsContract } from './object-store/objects.contract.ts';
import { presignedUrlsContract } from './object-store/presigned-urls.contract.ts';
import { refusalsContract } from './object-store/refusals.contract.ts';
import {
  collect,
  expectStorageError,
  type ObjectStoreStand,
  type ObjectStoreSubject,
  TYPE,
} from './object-store/stand.ts';

/** Every promise that the docstrings of the port make. */
export function objectStoreContract(name: string, openSubject: () => Promise<ObjectStoreSubject>): void {
  describe(`object store: ${name}`, () => {
    let subject: ObjectStoreSubject;
    let store: ObjectStore;
    // Everything is kept under one prefix, so that a bucket in use elsewhere does no harm and takes none.
    const root = `contract-${randomUUID()}/`;
    const fresh = (suffix = 'object.bin') => `${root}${randomUUID()}/${suffix}`;
    const stand: ObjectStoreStand = { subject: () => subject, fresh };

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

    presignedUrlsContract(stand);

    test('restore leaves alone what can be read, and knows what is not there', async () => {
      const key = fresh();
      await store.put(key, 'bytes', TYPE);
      expect(await store.restore(key, { days: 1 })).toBeUndefined();
      expect((await store.head(key)).archive).toBeUndefined();
      await expectStorageError(store.restore(fresh(), { days: 1 }), 'object_not_found');
    });

    multipartUploadsContract(stand);

    objectsContract(stand);

    copiesContract(stand);

    refusalsContract(stand);
  });
}
