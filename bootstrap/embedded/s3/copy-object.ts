import { Readable } from 'node:stream';
import { copyRange } from './byte-range.ts';
import { isoTime, quoted, type S3Call, sendXml } from './call.ts';
import type { StoredObject } from './objects.ts';
import { PayloadVerifier } from './payload-verifier.ts';
import { readCondition } from './read-condition.ts';
import { S3Error } from './s3-error.ts';
import { headersToStore } from './stored-headers.ts';
import { partNumberOf } from './upload-part.ts';
import { decodeUri } from './uri.ts';
import { checkWriteCondition, writeCondition } from './write-condition.ts';

/** S3 copies no more than this at once, nor takes it as one part. */
const MAX_COPY_BYTES = 5 * 1024 ** 3;

interface CopiedBytes {
  file: string;
  sizeBytes: number;
  /** MD5, hex */
  etag: string;
}

/** CopyObject: a new object of one piece, with the source's metadata or new one. */
export async function copyObject(call: S3Call): Promise<void> {
  const { store, bucket, key, headers } = call;
  const source = findSource(call);
  const replacesMetadata = metadataDirective(call) === 'REPLACE';
  if (source.bucket === bucket && source.object.key === key && !replacesMetadata)
    throw new S3Error(
      'InvalidRequest',
      "This copy request is illegal because it copies an object to itself without changing the object's metadata.",
    );
  const condition = writeCondition(headers);
  checkWriteCondition(condition, store.objects.find(bucket, key));
  const newHeaders = replacesMetadata ? headersToStore(headers) : source.object.headers;
  const copied = await copyBytes(call, source.object, undefined);
  const object = store.putObject(
    bucket,
    { key, etag: copied.etag, headers: newHeaders, pieces: [copied] },
    condition,
  );
  call.publish('ObjectCreated:Copy', bucket, object);
  sendXml(call, 'CopyObjectResult', {
    LastModified: isoTime(object.modifiedAtMs),
    ETag: quoted(object.etag),
  });
}

/** UploadPartCopy: a part whose bytes come from an object, or from a range of one. */
export async function uploadPartCopy(call: S3Call, uploadId: string): Promise<void> {
  const { store, bucket, key, headers } = call;
  const number = partNumberOf(call.query);
  store.uploads.require(uploadId, bucket, key);
  const { object } = findSource(call);
  const copied = await copyBytes(call, object, headers.get('x-amz-copy-source-range'));
  store.putPart(bucket, key, uploadId, { number, checksum: null, ...copied });
  sendXml(call, 'CopyPartResult', { LastModified: isoTime(Date.now()), ETag: quoted(copied.etag) });
}

/** The object that x-amz-copy-source names, once the conditions on it hold. */
function findSource(call: S3Call): { bucket: string; object: StoredObject } {
  const header = call.headers.get('x-amz-copy-source') ?? '';
  if (header.includes('?')) throw new S3Error('NotImplemented', 'Versions are not implemented here.');
  const source = decodeUri(header).replace(/^\//, '');
  const slash = source.indexOf('/');
  if (slash < 1 || slash === source.length - 1)
    throw new S3Error('InvalidArgument', 'x-amz-copy-source must name a bucket and a key.');
  const bucket = call.store.buckets.require(source.slice(0, slash)).name;
  const object = call.store.objects.find(bucket, source.slice(slash + 1));
  if (!object) throw new S3Error('NoSuchKey');
  if (readCondition(call.headers, 'x-amz-copy-source-if-', object) !== 'holds')
    throw new S3Error('PreconditionFailed');
  return { bucket, object };
}

async function copyBytes(
  call: S3Call,
  source: StoredObject,
  rangeHeader: string | undefined,
): Promise<CopiedBytes> {
  const { start, end } = copyRange(rangeHeader, source.sizeBytes);
  const sizeBytes = end - start + 1;
  if (sizeBytes > MAX_COPY_BYTES)
    throw new S3Error('InvalidRequest', 'The copy source is larger than 5 GiB: copy it in parts.');
  const pieces = call.store.objects.pieces(source.id);
  const release = call.store.files.hold(pieces);
  try {
    const verifier = new PayloadVerifier({ sizeBytes });
    const file = await call.store.files.write([
      Readable.from(call.store.files.read(pieces, start, end), { objectMode: false }),
      verifier,
    ]);
    return { file, sizeBytes, etag: verifier.md5 };
  } finally {
    release();
  }
}

function metadataDirective(call: S3Call): 'COPY' | 'REPLACE' {
  const directive = call.headers.get('x-amz-metadata-directive') ?? 'COPY';
  if (directive !== 'COPY' && directive !== 'REPLACE')
    throw new S3Error('InvalidArgument', 'x-amz-metadata-directive must be COPY or REPLACE.');
  return directive;
}
