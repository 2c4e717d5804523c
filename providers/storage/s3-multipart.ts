import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
} from '@aws-sdk/client-s3';
import type { OpenMultipart, StoredObject, StoredPart } from './object-store.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { bareEtag, decodeListedKey, quotedEtag } from './s3-keys.ts';
import { headObject } from './s3-objects.ts';
import { isStorageError, StorageError } from './storage-errors.ts';

// A part that is on its way while the upload is aborted may be stored afterwards, so the abort is repeated.
const ABORT_ROUNDS = 10;
const ABORT_PAUSE_MS = 200;

/** CreateMultipartUpload. Resolves to the upload id. */
export async function createMultipart(
  bucket: S3Bucket,
  key: string,
  { contentType, cacheControl }: { contentType: string; cacheControl?: string | undefined },
): Promise<string> {
  const command = new CreateMultipartUploadCommand({
    Bucket: bucket.name,
    Key: key,
    ContentType: contentType,
    ...(cacheControl && { CacheControl: cacheControl }),
    ...(bucket.objectAcl && { ACL: bucket.objectAcl }),
  });
  const { UploadId } = await bucket.light('CreateMultipartUpload', key, (abortSignal) =>
    bucket.server.client.send(command, { abortSignal }),
  );
  if (!UploadId) throw new StorageError('rejected', `storage gave no upload id for ${key}`);
  return UploadId;
}

/** ListParts over all pages. Throws `multipart_not_found`. */
export async function listParts(bucket: S3Bucket, key: string, uploadId: string): Promise<StoredPart[]> {
  const { client, sizes } = bucket.server;
  const parts: StoredPart[] = [];
  let marker: string | undefined;
  do {
    const command = new ListPartsCommand({
      Bucket: bucket.name,
      Key: key,
      UploadId: uploadId,
      MaxParts: sizes.pageSize,
      ...(marker && { PartNumberMarker: marker }),
    });
    const page = await bucket.light('ListMultipartUploadParts', key, (abortSignal) =>
      client.send(command, { abortSignal }),
    );
    for (const { PartNumber, Size, ETag } of page.Parts ?? [])
      parts.push({ partNumber: PartNumber ?? 0, sizeBytes: Size ?? 0, etag: bareEtag(ETag) });
    marker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
  } while (marker);
  return parts.sort((a, b) => a.partNumber - b.partNumber);
}

/**
 * CompleteMultipartUpload as the port promises it. Whatever storage answers, or if it does not, an object that stands
 * at the key with the expected size and ETag is the success of this call or of an earlier one.
 */
export async function completeMultipart(
  bucket: S3Bucket,
  key: string,
  uploadId: string,
  parts: readonly StoredPart[],
): Promise<StoredObject> {
  if (parts.length === 0) throw new StorageError('parts_rejected', `no parts to join into ${key}`);
  const ordered = [...parts].sort((a, b) => a.partNumber - b.partNumber);
  const sizeBytes = ordered.reduce((sum, part) => sum + part.sizeBytes, 0);
  try {
    await sendComplete(bucket, key, uploadId, ordered, sizeBytes);
  } catch (error) {
    if (!isStorageError(error, 'multipart_not_found', 'unavailable')) throw error;
    const standing = await headObject(bucket, key).catch(() => undefined);
    if (standing?.sizeBytes !== sizeBytes || standing.etag !== multipartEtag(ordered)) throw error;
    return standing;
  }
  const object = await headObject(bucket, key);
  if (object.sizeBytes !== sizeBytes)
    throw new StorageError(
      'parts_rejected',
      `storage joined ${object.sizeBytes} bytes into ${key} where the parts have ${sizeBytes}`,
    );
  return object;
}

async function sendComplete(
  bucket: S3Bucket,
  key: string,
  uploadId: string,
  parts: readonly StoredPart[],
  sizeBytes: number,
): Promise<void> {
  const { client, vendor } = bucket.server;
  const command = new CompleteMultipartUploadCommand({
    Bucket: bucket.name,
    Key: key,
    UploadId: uploadId,
    MultipartUpload: {
      Parts: parts.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: quotedEtag(etag) })),
    },
    ...(vendor.checksCompletedSize && { MpuObjectSize: sizeBytes }),
  });
  // S3 may send 200 and then an error in the body; the SDK reads the body and turns that into a 503, which is retried.
  await bucket.heavy('CompleteMultipartUpload', key, (abortSignal) => client.send(command, { abortSignal }));
}

/** The ETag S3 gives a joined object: MD5 of the parts' binary MD5s, a dash, the number of parts. */
export function multipartEtag(parts: readonly StoredPart[]): string {
  const md5 = createHash('md5');
  for (const { etag } of parts) md5.update(etag, 'hex');
  return `${md5.digest('hex')}-${parts.length}`;
}

/** AbortMultipartUpload until ListParts no longer knows the upload. */
export async function abortMultipart(bucket: S3Bucket, key: string, uploadId: string): Promise<void> {
  const { client } = bucket.server;
  const command = () =>
    new AbortMultipartUploadCommand({ Bucket: bucket.name, Key: key, UploadId: uploadId });
  for (let round = 1; round <= ABORT_ROUNDS; round += 1) {
    try {
      await bucket.light('AbortMultipartUpload', key, (abortSignal) =>
        client.send(command(), { abortSignal }),
      );
      await listParts(bucket, key, uploadId);
    } catch (error) {
      if (isStorageError(error, 'multipart_not_found')) return;
      throw error;
    }
    await wait(ABORT_PAUSE_MS);
  }
  throw new StorageError('unavailable', `storage still knows the multipart upload of ${key} after its abort`);
}

/** ListMultipartUploads, over all pages where the vendor's markers work, else what its first page holds. */
export async function* listMultiparts(bucket: S3Bucket, prefix: string): AsyncGenerator<OpenMultipart> {
  const { client, sizes, vendor } = bucket.server;
  let next: { KeyMarker: string; UploadIdMarker?: string } | undefined;
  do {
    const command = new ListMultipartUploadsCommand({
      Bucket: bucket.name,
      Prefix: prefix,
      MaxUploads: sizes.pageSize,
      EncodingType: 'url',
      ...next,
    });
    const page = await bucket.light('ListBucketMultipartUploads', undefined, (abortSignal) =>
      client.send(command, { abortSignal }),
    );
    const decode = (key: string | undefined) => decodeListedKey(key ?? '', page.EncodingType);
    for (const { Key, UploadId, Initiated } of page.Uploads ?? [])
      yield { key: decode(Key), uploadId: UploadId ?? '', initiatedAt: Initiated ?? new Date(0) };
    next = undefined;
    if (page.IsTruncated && page.NextKeyMarker && vendor.multipartListing === 'paged')
      next = {
        KeyMarker: decode(page.NextKeyMarker),
        ...(page.NextUploadIdMarker && { UploadIdMarker: page.NextUploadIdMarker }),
      };
  } while (next);
}
