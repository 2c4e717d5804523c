import { CopyObjectCommand, UploadPartCopyCommand } from '@aws-sdk/client-s3';
import type { ObjectStore, StoredObject, StoredPart } from './object-store.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { s3Bucket } from './s3-bucket.ts';
import { bareEtag, encodeKey, quotedEtag } from './s3-keys.ts';
import { abortMultipart, completeMultipart, createMultipart } from './s3-multipart.ts';
import { headObject } from './s3-objects.ts';
import { isStorageError, StorageError } from './storage-errors.ts';

type CopySource = Parameters<ObjectStore['copyFrom']>[0];
type CopyOptions = Parameters<ObjectStore['copyFrom']>[2];

const PARTS_AT_ONCE = 4;

/** CopyObject, or UploadPartCopy for a large source, only while the source has its ETag; then HEAD of the copy. */
export async function copyObject(
  bucket: S3Bucket,
  source: CopySource,
  key: string,
  options: CopyOptions,
): Promise<StoredObject> {
  const { vendor, sizes } = bucket.server;
  if (!vendor.conditionalCopy) await assertUnchanged(bucket, source);
  try {
    if (source.sizeBytes > sizes.copyByPartsAboveBytes) await copyByParts(bucket, source, key, options);
    else await copyWhole(bucket, source, key, options);
  } catch (error) {
    throw namingSource(error, source);
  }
  if (!vendor.conditionalCopy) await assertUnchanged(bucket, source);
  const copy = await headObject(bucket, key);
  if (copy.sizeBytes !== source.sizeBytes) throw changed(source);
  return copy;
}

async function copyWhole(
  bucket: S3Bucket,
  source: CopySource,
  key: string,
  { contentType, cacheControl }: CopyOptions,
): Promise<void> {
  const command = new CopyObjectCommand({
    Bucket: bucket.name,
    Key: key,
    ...conditionalSource(source),
    // Without REPLACE the copy would keep the type that the uploader claimed.
    MetadataDirective: 'REPLACE',
    ContentType: contentType,
    ...(cacheControl && { CacheControl: cacheControl }),
    ...(bucket.objectAcl && { ACL: bucket.objectAcl }),
  });
  await bucket.heavy('CopyObject', key, (abortSignal) => bucket.server.client.send(command, { abortSignal }));
}

async function copyByParts(
  bucket: S3Bucket,
  source: CopySource,
  key: string,
  { contentType, cacheControl }: CopyOptions,
): Promise<void> {
  const { copyPartSizeBytes } = bucket.server.sizes;
  const uploadId = await createMultipart(bucket, key, { contentType, cacheControl });
  try {
    const parts: StoredPart[] = [];
    const waiting = Array.from(
      { length: Math.ceil(source.sizeBytes / copyPartSizeBytes) },
      (_, index) => index + 1,
    );
    const copyWaiting = async () => {
      for (let partNumber = waiting.shift(); partNumber !== undefined; partNumber = waiting.shift())
        parts.push(await copyPart(bucket, source, key, uploadId, partNumber));
    };
    const lanes = Array.from({ length: PARTS_AT_ONCE }, () =>
      copyWaiting().catch((error) => {
        waiting.length = 0;
        throw error;
      }),
    );
    // All lanes end before the abort below, so that none stores a part after it.
    const failed = (await Promise.allSettled(lanes)).find((lane) => lane.status === 'rejected');
    if (failed) throw failed.reason;
    await completeMultipart(bucket, key, uploadId, parts);
  } catch (error) {
    // The first fault is the one to report; what stays behind is found by the sweep of old uploads.
    await abortMultipart(bucket, key, uploadId).catch(() => undefined);
    throw error;
  }
}

async function copyPart(
  bucket: S3Bucket,
  source: CopySource,
  key: string,
  uploadId: string,
  partNumber: number,
): Promise<StoredPart> {
  const { client, sizes } = bucket.server;
  const start = (partNumber - 1) * sizes.copyPartSizeBytes;
  const end = Math.min(start + sizes.copyPartSizeBytes, source.sizeBytes) - 1;
  const command = new UploadPartCopyCommand({
    Bucket: bucket.name,
    Key: key,
    UploadId: uploadId,
    PartNumber: partNumber,
    ...conditionalSource(source),
    CopySourceRange: `bytes=${start}-${end}`,
  });
  const { CopyPartResult } = await bucket.heavy('UploadPartCopy', key, (abortSignal) =>
    client.send(command, { abortSignal }),
  );
  return { partNumber, sizeBytes: end - start + 1, etag: bareEtag(CopyPartResult?.ETag) };
}

function conditionalSource(source: CopySource) {
  return {
    CopySource: `${source.bucket}/${encodeKey(source.key)}`,
    CopySourceIfMatch: quotedEtag(source.etag),
  };
}

/** Half a condition where the server may ignore the header: a swap before or during the copy is seen, if by polling. */
async function assertUnchanged(bucket: S3Bucket, source: CopySource): Promise<void> {
  const found = await headObject(s3Bucket(bucket.server, source.bucket), source.key);
  if (found.etag !== bareEtag(source.etag)) throw changed(source);
}

/** In a copy, "not found" and "changed" are said of the source, not of the key that is written. */
function namingSource(error: unknown, source: CopySource): unknown {
  if (isStorageError(error, 'object_changed')) return changed(source);
  if (isStorageError(error, 'object_not_found'))
    return new StorageError('object_not_found', `object ${source.key} of bucket ${source.bucket} not found`);
  return error;
}

function changed(source: CopySource): StorageError {
  return new StorageError(
    'object_changed',
    `object ${source.key} of bucket ${source.bucket} is not the expected version`,
  );
}
