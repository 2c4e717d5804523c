import { createHash, hash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { ObjectStore, StoredObject, StoredPart } from '#providers/storage/object-store.ts';
import { isStorageError } from '#providers/storage/storage-errors.ts';
import { allEnded, type Limiter } from './limiter.ts';

const MIB = 1024 ** 2;
/** Held in memory by each transfer, twice while it is put together. S3 takes no part below 5 MiB but the last. */
const PART_BYTES = 16 * MIB;
/** S3 takes 10,000 parts (Amazon S3 quotas). */
const PARTS_MAX = 9000;
const TRIES = 3;
const DEFAULT_TYPE = 'application/octet-stream';

/** `etag`: what the target says it has stored is believed where it can be checked, else read back. `full`: read back. */
export type Verification = 'etag' | 'full';

export interface CopyRun {
  readonly transfers: Limiter;
  readonly verify: Verification;
  readonly signal: AbortSignal;
  /** Told as bytes arrive in the target. */
  readonly onBytes: (bytes: number) => void;
  /** For tests. */
  readonly partBytes?: number;
}

/** The target, or the way there, gives other bytes than those that were sent. */
export class CopyCorrupted extends Error {
  override readonly name = 'CopyCorrupted';
}

/**
 * Copies one object from one storage to another, as it was listed and no other, and proves that the target has its bytes:
 * by MD5 where the target's ETags are MD5s, else by reading them back. Type and Cache-Control come along. What does not
 * match is sent again, three times in all.
 *
 * @returns the ETag in the target
 * Throws StorageError (`object_changed` when it is not what was listed), CopyCorrupted, the signal's reason.
 */
export async function copyObject(
  from: ObjectStore,
  to: ObjectStore,
  object: StoredObject,
  run: CopyRun,
): Promise<string> {
  const partBytes =
    run.partBytes ?? Math.max(PART_BYTES, Math.ceil(object.sizeBytes / PARTS_MAX / MIB) * MIB);
  for (let tried = 1; ; tried += 1)
    try {
      return object.sizeBytes <= partBytes
        ? await run.transfers(() => copyWhole(from, to, object, run))
        : await copyInParts(from, to, object, run, partBytes);
    } catch (error) {
      if (!(error instanceof CopyCorrupted) || tried === TRIES) throw error;
    }
}

async function copyWhole(
  from: ObjectStore,
  to: ObjectStore,
  object: StoredObject,
  run: CopyRun,
): Promise<string> {
  const { key, etag, sizeBytes } = object;
  const { signal } = run;
  const read = async () => {
    const { body, object: found } = await from.get(key, { ifMatch: etag, signal });
    const bytes = await buffer(body);
    if (bytes.length !== sizeBytes)
      throw new CopyCorrupted(`${key} came with ${bytes.length} bytes of ${sizeBytes}`);
    return { bytes, found };
  };
  const { bytes, found } = await read();
  const md5 = hash('md5', bytes);
  // Not every ETag of this form is an MD5 (S3 user guide, "Common response headers"): two equal readings are proof too.
  if (isPlainMd5(etag) && md5 !== etag && hash('md5', (await read()).bytes) !== md5)
    throw new CopyCorrupted(`${key} is read differently each time`);
  const stored = await to.put(key, bytes, { ...headersOf(found), sizeBytes, signal });
  if (run.verify === 'full' || stored.etag !== md5)
    await assertStored(to, { key, etag: stored.etag, range: null, sha256: hash('sha256', bytes) }, signal);
  run.onBytes(sizeBytes);
  return stored.etag;
}

interface CopiedPart extends StoredPart {
  readonly md5: string;
  readonly sha256: string;
}

async function copyInParts(
  from: ObjectStore,
  to: ObjectStore,
  object: StoredObject,
  run: CopyRun,
  partBytes: number,
): Promise<string> {
  const { key, sizeBytes } = object;
  const uploadId = await to.createMultipart(key, headersOf(await from.head(key)));
  const parts: CopiedPart[] = [];
  const stop = new AbortController();
  const signal = AbortSignal.any([run.signal, stop.signal]);
  const copyPart = async (partNumber: number) => {
    signal.throwIfAborted();
    const start = (partNumber - 1) * partBytes;
    const range = { start, end: Math.min(start + partBytes, sizeBytes) - 1 };
    const bytes = await buffer((await from.get(key, { range, ifMatch: object.etag, signal })).body);
    const stored = await to.putPart(key, uploadId, partNumber, bytes, { signal });
    parts.push({ ...stored, md5: hash('md5', bytes), sha256: hash('sha256', bytes) });
    run.onBytes(bytes.length);
  };
  try {
    const numbers = Array.from({ length: Math.ceil(sizeBytes / partBytes) }, (_, index) => index + 1);
    await allEnded(
      numbers.map((number) =>
        run
          .transfers(() => copyPart(number))
          .catch((error: unknown) => {
            stop.abort(error);
            throw error;
          }),
      ),
    );
    parts.sort((a, b) => a.partNumber - b.partNumber);
    const { etag } = await to.completeMultipart(key, uploadId, parts);
    if (run.verify === 'full' || parts.some((part) => part.etag !== part.md5) || etag !== etagOfParts(parts))
      await assertPartsStored(to, { key, etag, parts, partBytes }, run);
    return etag;
  } catch (error) {
    // What stays behind in spite of this is found by the sweep of old uploads.
    await to.abortMultipart(key, uploadId).catch(() => undefined);
    throw error;
  }
}

async function assertPartsStored(
  to: ObjectStore,
  {
    key,
    etag,
    parts,
    partBytes,
  }: { key: string; etag: string; parts: readonly CopiedPart[]; partBytes: number },
  { transfers, signal }: CopyRun,
): Promise<void> {
  await allEnded(
    parts.map(({ partNumber, sizeBytes, sha256 }) => {
      const start = (partNumber - 1) * partBytes;
      const range = { start, end: start + sizeBytes - 1 };
      return transfers(() => assertStored(to, { key, etag, range, sha256 }, signal));
    }),
  );
}

/** Reads back what the target has. Throws CopyCorrupted. */
async function assertStored(
  to: ObjectStore,
  wanted: { key: string; etag: string; range: { start: number; end: number } | null; sha256: string },
  signal: AbortSignal,
): Promise<void> {
  const { key, etag, range, sha256 } = wanted;
  const { body } = await to
    .get(key, { ifMatch: etag, signal, ...(range && { range }) })
    .catch((cause: unknown) => {
      if (!isStorageError(cause, 'object_changed', 'object_not_found')) throw cause;
      throw new CopyCorrupted(`the target does not have ${key} as it said`, { cause });
    });
  const digest = createHash('sha256');
  for await (const chunk of body) digest.update(chunk);
  if (digest.digest('hex') !== sha256)
    throw new CopyCorrupted(`the target has other bytes of ${key} than were sent`);
}

function headersOf({ contentType = DEFAULT_TYPE, cacheControl }: StoredObject) {
  return { contentType, ...(cacheControl !== undefined && { cacheControl }) };
}

function isPlainMd5(etag: string): boolean {
  return /^[0-9a-f]{32}$/.test(etag);
}

/** The ETag of a joined object where those of parts are MD5s: MD5 of their binary MD5s, a dash, their number. */
function etagOfParts(parts: readonly CopiedPart[]): string {
  const digest = createHash('md5');
  for (const { md5 } of parts) digest.update(md5, 'hex');
  return `${digest.digest('hex')}-${parts.length}`;
}
