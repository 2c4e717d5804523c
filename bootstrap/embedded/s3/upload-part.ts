import { quoted, type S3Call, sendEmpty, sendXml } from './call.ts';
import { checksumHeader } from './checksums.ts';
import { openPayload } from './payload.ts';
import { checksumEcho } from './put-object.ts';
import { S3Error } from './s3-error.ts';
import { headersToStore } from './stored-headers.ts';

const MAX_PART_NUMBER = 10_000;

/** CreateMultipartUpload. */
export function createUpload(call: S3Call): void {
  const { bucket, key, headers, store } = call;
  const uploadId = store.uploads.create(bucket, key, headersToStore(headers));
  const algorithm = headers.get('x-amz-checksum-algorithm');
  if (algorithm !== undefined) call.response.setHeader('x-amz-checksum-algorithm', algorithm);
  sendXml(call, 'InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: uploadId });
}

/** UploadPart: replaces a part of the same number once it is whole; a part cut off leaves no trace. */
export async function uploadPart(call: S3Call, uploadId: string): Promise<void> {
  const { bucket, key, store } = call;
  const number = partNumberOf(call.query);
  store.uploads.require(uploadId, bucket, key);
  const { stages, verifier } = openPayload(call);
  const file = await store.files.write(stages);
  const { sizeBytes, md5: etag, checksum } = verifier;
  store.putPart(bucket, key, uploadId, {
    number,
    sizeBytes,
    etag,
    checksum: checksum ? `${checksumHeader(checksum.algorithm)}:${checksum.value}` : null,
    file,
  });
  sendEmpty(call, 200, { etag: quoted(etag), ...checksumEcho(checksum) });
}

/** AbortMultipartUpload. */
export function abortUpload(call: S3Call, uploadId: string): void {
  call.store.abortUpload(call.bucket, call.key, uploadId);
  sendEmpty(call, 204);
}

/** The partNumber parameter of a write, 1 to 10000. */
export function partNumberOf(query: URLSearchParams): number {
  const number = Number(query.get('partNumber') ?? Number.NaN);
  if (!Number.isInteger(number) || number < 1 || number > MAX_PART_NUMBER)
    throw new S3Error(
      'InvalidArgument',
      `Part number must be an integer between 1 and ${MAX_PART_NUMBER}, inclusive.`,
    );
  return number;
}
