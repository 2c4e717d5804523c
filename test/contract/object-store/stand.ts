import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import type { ObjectStore, StoredPart } from '#providers/storage/object-store.ts';
import { StorageError, type StorageErrorCode } from '#providers/storage/storage-errors.ts';

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

/** What each group of promises is given: they share one server. */
export interface ObjectStoreStand {
  subject(): ObjectStoreSubject;
  /** A key that nobody has used. */
  fresh(suffix?: string): string;
}

export const MIB = 1024 ** 2;
export const TYPE = { contentType: 'video/mp4' };
export const URL_LIFE = { urlTtlSeconds: 300 };

/** Names that break what encodes a key once too often or once too little. */
export const ODD_NAMES = [
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

export function put(
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
) {
  return fetch(url, { method: 'PUT', body, headers });
}

export function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}

export function partOf(partNumber: number, bytes: Uint8Array): StoredPart {
  return { partNumber, sizeBytes: bytes.length, etag: md5(bytes) };
}

export async function putSource(store: ObjectStore, key: string, body: string | Uint8Array) {
  const { etag } = await store.put(key, body, TYPE);
  return { bucket: store.bucket, key, etag, sizeBytes: Buffer.byteLength(body) };
}

export function* slices(bytes: Buffer, sliceBytes: number) {
  for (let at = 0; at < bytes.length; at += sliceBytes) yield bytes.subarray(at, at + sliceBytes);
}

export async function collect<Entry>(entries: AsyncIterable<Entry>): Promise<Entry[]> {
  const collected: Entry[] = [];
  for await (const entry of entries) collected.push(entry);
  return collected;
}

export async function expectStorageError(
  call: Promise<unknown>,
  code: StorageErrorCode,
): Promise<StorageError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(StorageError);
  expect(error).toHaveProperty('code', code);
  return error as StorageError;
}
