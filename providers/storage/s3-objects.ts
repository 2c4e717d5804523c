import { Readable } from 'node:stream';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandOutput,
} from '@aws-sdk/client-s3';
import type { ByteRange, ObjectBody, ObjectStore, StoredObject } from './object-store.ts';
import { archiveStateOf } from './s3-archive.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { toStorageError } from './s3-errors.ts';
import { bareEtag, decodeListedKey, quotedEtag } from './s3-keys.ts';
import { StorageError } from './storage-errors.ts';
import { downloadBody, uploadBody } from './transfer-bodies.ts';

// A body in memory has no progress to watch: it may take as long as a line of 512 kbit/s needs.
const SLOWEST_UPLOAD_BYTES_PER_MS = 64;
// S3 takes no more keys in one DeleteObjects.
const DELETE_BATCH_KEYS = 1000;

/** HeadObject in the port's words. Throws `object_not_found`, for a missing bucket too: a HEAD cannot tell them apart. */
export async function headObject(bucket: S3Bucket, key: string): Promise<StoredObject> {
  const { client } = bucket.server;
  const answer = await bucket.light('HeadObject', key, (abortSignal) =>
    client.send(new HeadObjectCommand({ Bucket: bucket.name, Key: key }), { abortSignal }),
  );
  const archive = archiveStateOf(answer);
  return {
    key,
    sizeBytes: answer.ContentLength ?? 0,
    etag: bareEtag(answer.ETag),
    lastModified: answer.LastModified ?? new Date(0),
    ...(answer.ContentType && { contentType: answer.ContentType }),
    ...(answer.CacheControl && { cacheControl: answer.CacheControl }),
    ...(archive && { archive }),
  };
}

/** GetObject: resolves when the answer begins; from then on only an idle storage ends the body. */
export async function getObject(
  bucket: S3Bucket,
  key: string,
  { range, ifMatch, signal }: NonNullable<Parameters<ObjectStore['get']>[1]> = {},
): Promise<ObjectBody> {
  const { client, limits } = bucket.server;
  const command = new GetObjectCommand({
    Bucket: bucket.name,
    Key: key,
    ...(range && { Range: rangeHeader(range) }),
    ...(ifMatch && { IfMatch: quotedEtag(ifMatch) }),
  });
  const timeoutMs = limits.answerTimeoutMs;
  const answer = await bucket.transfer('GetObject', key, { timeoutMs, signal }, (abortSignal) =>
    client.send(command, { abortSignal }),
  );
  if (!(answer.Body instanceof Readable))
    throw new StorageError('rejected', `storage sent no body for ${key}`);
  const covered = coveredRange(answer);
  if (range && !answer.ContentRange) {
    answer.Body.destroy();
    throw new StorageError('rejected', `storage ignored the range asked of ${key}`);
  }
  const body = downloadBody(answer.Body, {
    sizeBytes: answer.ContentLength ?? 0,
    idleTimeoutMs: limits.idleTimeoutMs,
    toError: (error) => toStorageError(error, bucket.subject('GetObject', key)),
  });
  if (signal) destroyOnAbort(body, signal);
  return {
    body,
    range: { start: covered.start, end: covered.end },
    object: {
      key,
      sizeBytes: covered.objectSizeBytes,
      etag: bareEtag(answer.ETag),
      lastModified: answer.LastModified ?? new Date(0),
      ...(answer.ContentType && { contentType: answer.ContentType }),
      ...(answer.CacheControl && { cacheControl: answer.CacheControl }),
    },
  };
}

function rangeHeader({ start, end }: ByteRange): string {
  if (start < 0) return `bytes=${start}`;
  return `bytes=${start}-${end ?? ''}`;
}

/** What `Content-Range: bytes 0-4/10` says; without it the answer is the whole object, an empty one ending at -1. */
function coveredRange(answer: GetObjectCommandOutput): {
  start: number;
  end: number;
  objectSizeBytes: number;
} {
  const lengthBytes = answer.ContentLength ?? 0;
  const [, start, end, size] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(answer.ContentRange ?? '') ?? [];
  if (start === undefined) return { start: 0, end: lengthBytes - 1, objectSizeBytes: lengthBytes };
  return { start: Number(start), end: Number(end), objectSizeBytes: Number(size) };
}

function destroyOnAbort(body: Readable, signal: AbortSignal): void {
  const onAbort = () => body.destroy(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  body.once('close', () => signal.removeEventListener('abort', onAbort));
}

/** PutObject. A stream is sent once; bytes in memory are sent again while storage is unavailable. */
export async function putObject(
  bucket: S3Bucket,
  key: string,
  body: Readable | Uint8Array | string,
  options: Parameters<ObjectStore['put']>[2],
): Promise<{ etag: string }> {
  const { client, limits } = bucket.server;
  const { contentType, cacheControl, signal } = options;
  const input = {
    Bucket: bucket.name,
    Key: key,
    ContentType: contentType,
    ...(cacheControl && { CacheControl: cacheControl }),
    ...(bucket.objectAcl && { ACL: bucket.objectAcl }),
  };
  if (!(body instanceof Readable)) {
    const sizeBytes = Buffer.byteLength(body);
    const timeoutMs = limits.idleTimeoutMs + sizeBytes / SLOWEST_UPLOAD_BYTES_PER_MS;
    const answer = await bucket.transfer('PutObject', key, { timeoutMs, signal }, (abortSignal) =>
      client.send(new PutObjectCommand({ ...input, Body: body, ContentLength: sizeBytes }), { abortSignal }),
    );
    return { etag: bareEtag(answer.ETag) };
  }
  const answer = await putStream(bucket, input, body, options).catch((error) => {
    body.destroy();
    throw error;
  });
  return { etag: bareEtag(answer.ETag) };
}

async function putStream(
  bucket: S3Bucket,
  input: { Bucket: string; Key: string },
  body: Readable,
  { sizeBytes, signal }: Parameters<ObjectStore['put']>[2],
): Promise<PutObjectCommandOutput> {
  const { client, limits } = bucket.server;
  if (sizeBytes === undefined)
    throw new StorageError('rejected', 'a stream can be stored only with sizeBytes');
  return bucket.transfer('PutObject', input.Key, { signal, replayable: false }, (abortSignal, fail) => {
    const upload = uploadBody(body, sizeBytes, limits.idleTimeoutMs, fail);
    // The attempt may be given up while `send` still hangs: the watch ends with the signal as well.
    abortSignal.addEventListener('abort', upload.stop, { once: true });
    const command = new PutObjectCommand({ ...input, Body: upload.body, ContentLength: sizeBytes });
    return client.send(command, { abortSignal }).finally(upload.stop);
  });
}

/** ListObjectsV2 over all pages, in the byte order of the keys. */
export async function* listObjects(bucket: S3Bucket, prefix: string): AsyncGenerator<StoredObject> {
  const { client, sizes } = bucket.server;
  let continuationToken: string | undefined;
  do {
    const command = new ListObjectsV2Command({
      Bucket: bucket.name,
      Prefix: prefix,
      MaxKeys: sizes.pageSize,
      // XML 1.0 cannot carry every character that a key may hold.
      EncodingType: 'url',
      ...(continuationToken && { ContinuationToken: continuationToken }),
    });
    const page = await bucket.light('ListBucket', undefined, (abortSignal) =>
      client.send(command, { abortSignal }),
    );
    for (const { Key, Size, ETag, LastModified } of page.Contents ?? [])
      yield {
        key: decodeListedKey(Key ?? '', page.EncodingType),
        sizeBytes: Size ?? 0,
        etag: bareEtag(ETag),
        lastModified: LastModified ?? new Date(0),
      };
    continuationToken = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (continuationToken);
}

/** DeleteObjects in batches. Throws when storage kept any key, naming the first. */
export async function deleteObjects(bucket: S3Bucket, keys: readonly string[]): Promise<void> {
  const { client } = bucket.server;
  for (let at = 0; at < keys.length; at += DELETE_BATCH_KEYS) {
    const batch = keys.slice(at, at + DELETE_BATCH_KEYS);
    const Delete = { Objects: batch.map((Key) => ({ Key })), Quiet: true };
    const { Errors = [] } = await bucket.heavy('DeleteObject', undefined, (abortSignal) =>
      client.send(new DeleteObjectsCommand({ Bucket: bucket.name, Delete }), { abortSignal }),
    );
    const kept = Errors.filter(({ Code }) => Code !== 'NoSuchKey');
    const [first] = kept;
    if (!first) continue;
    const { code, message } = toStorageError(
      { name: first.Code ?? 'Error', message: first.Message ?? '' },
      bucket.subject('DeleteObject', first.Key),
    );
    throw new StorageError(
      code,
      `${kept.length} objects were not deleted, the first ${first.Key}: ${message}`,
    );
  }
}
