import { UploadPartCommand } from '@aws-sdk/client-s3';
import type { StoredPart } from './object-store.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { bareEtag } from './s3-keys.ts';
import { StorageError } from './storage-errors.ts';

// As slow as a line may be before the part is given up.
const SLOWEST_UPLOAD_BYTES_PER_MS = 64;

/** UploadPart of bytes in memory, which are sent again while storage is unavailable: a part is replaced by its number. Throws `multipart_not_found`. */
export async function putPart(
  bucket: S3Bucket,
  part: { key: string; uploadId: string; partNumber: number; body: Uint8Array; signal?: AbortSignal },
): Promise<StoredPart> {
  const { key, uploadId, partNumber, body, signal } = part;
  const { client, limits } = bucket.server;
  const command = new UploadPartCommand({
    Bucket: bucket.name,
    Key: key,
    UploadId: uploadId,
    PartNumber: partNumber,
    Body: body,
    ContentLength: body.byteLength,
  });
  const timeoutMs = limits.idleTimeoutMs + body.byteLength / SLOWEST_UPLOAD_BYTES_PER_MS;
  const { ETag } = await bucket.transfer('UploadPart', key, { timeoutMs, signal }, (abortSignal) =>
    client.send(command, { abortSignal }),
  );
  if (!ETag) throw new StorageError('rejected', `storage gave no ETag for part ${partNumber} of ${key}`);
  return { partNumber, sizeBytes: body.byteLength, etag: bareEtag(ETag) };
}
