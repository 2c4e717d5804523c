import { isoTime, quoted, type S3Call, sendXml } from './call.ts';
import { keyEncoder } from './list-objects.ts';
import { pageOf, pageSize } from './paging.ts';
import { S3Error } from './s3-error.ts';
import type { Upload } from './uploads.ts';

/** ListMultipartUploads, in pages by key-marker and upload-id-marker. */
export function listUploads(call: S3Call): void {
  const { query, bucket } = call;
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const keyMarker = query.get('key-marker') ?? '';
  // S3 ignores an upload id marker without a key marker.
  const idMarker = keyMarker === '' ? '' : (query.get('upload-id-marker') ?? '');
  const maxUploads = pageSize(query, 'max-uploads');
  const encode = keyEncoder(query);
  const rows = uploadsFrom(call.store.uploads.list(bucket), { prefix, keyMarker, idMarker });
  const page = pageOf(rows, { prefix, delimiter, maxEntries: maxUploads, shownPrefix: keyMarker });
  const endsInPrefix = page.nextAfter !== page.last?.key;
  sendXml(call, 'ListMultipartUploadsResult', {
    Bucket: bucket,
    KeyMarker: encode(keyMarker),
    UploadIdMarker: idMarker,
    NextKeyMarker: page.truncated ? encode(page.nextAfter) : undefined,
    NextUploadIdMarker: page.truncated && !endsInPrefix ? page.last?.id : undefined,
    Prefix: encode(prefix),
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    EncodingType: query.get('encoding-type') ?? undefined,
    MaxUploads: maxUploads,
    IsTruncated: page.truncated,
    Upload: page.items.map((upload) => ({
      Key: encode(upload.key),
      UploadId: upload.id,
      StorageClass: 'STANDARD',
      Initiated: isoTime(upload.initiatedAtMs),
    })),
    CommonPrefixes: page.commonPrefixes.map((common) => ({ Prefix: encode(common) })),
  });
}

/** ListParts, in pages by part-number-marker. */
export function listParts(call: S3Call, uploadId: string): void {
  const { query, bucket, key, store } = call;
  const marker = Number(query.get('part-number-marker') ?? 0);
  if (!Number.isInteger(marker) || marker < 0)
    throw new S3Error('InvalidArgument', 'part-number-marker must be an integer from 0 on.');
  const maxParts = pageSize(query, 'max-parts');
  store.uploads.require(uploadId, bucket, key);
  const following = store.uploads.parts(uploadId).filter((part) => part.number > marker);
  const page = following.slice(0, maxParts);
  sendXml(call, 'ListPartsResult', {
    Bucket: bucket,
    Key: keyEncoder(query)(key),
    UploadId: uploadId,
    PartNumberMarker: marker,
    NextPartNumberMarker: page.at(-1)?.number ?? 0,
    MaxParts: maxParts,
    IsTruncated: maxParts > 0 && following.length > maxParts,
    StorageClass: 'STANDARD',
    Part: page.map((part) => ({
      PartNumber: part.number,
      LastModified: isoTime(part.modifiedAtMs),
      ETag: quoted(part.etag),
      Size: part.sizeBytes,
    })),
  });
}

/** Skips what is at or before the markers, and what is below the prefix. */
function* uploadsFrom(
  uploads: Iterable<Upload>,
  from: { prefix: string; keyMarker: string; idMarker: string },
): Generator<Upload> {
  const keyMarker = Buffer.from(from.keyMarker);
  for (const upload of uploads) {
    if (!upload.key.startsWith(from.prefix)) continue;
    const order = Buffer.compare(Buffer.from(upload.key), keyMarker);
    if (order > 0 || (order === 0 && from.idMarker !== '' && upload.id > from.idMarker)) yield upload;
  }
}
