import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { quoted, type S3Call, sendXml } from './call.ts';
import { declaredChecksum, withoutChecksums } from './checksums.ts';
import type { ObjectStore } from './object-store.ts';
import { readText } from './payload.ts';
import { PayloadVerifier } from './payload-verifier.ts';
import { bareEtag } from './read-condition.ts';
import { S3Error } from './s3-error.ts';
import type { Part } from './uploads.ts';
import { encodeUriPath } from './uri.ts';
import { writeCondition } from './write-condition.ts';
import { childrenOf, readXml, textOf, type XmlNode } from './xml.ts';

/** 10,000 parts with two checksums each stay below it. */
const MAX_DOCUMENT_BYTES = 8 * 1024 ** 2;

/** CompleteMultipartUpload. Repeated for an upload that is complete, it answers the same ETag, as AWS does. */
export async function completeUpload(call: S3Call, uploadId: string): Promise<void> {
  const { store, bucket, key, headers } = call;
  const condition = writeCondition(headers);
  // A checksum in the headers is that of the object, not of this document.
  const documentCall = { ...call, headers: withoutChecksums(headers) };
  const document = readXml(await readText(documentCall, MAX_DOCUMENT_BYTES), 'CompleteMultipartUpload');
  const completed = store.uploads.completedEtag(uploadId, bucket, key);
  if (completed !== undefined) return answer(call, completed);
  const upload = store.uploads.require(uploadId, bucket, key);
  const parts = chosenParts(document, store, uploadId);
  checkDeclaredSize(headers, parts);
  await checkWholeChecksum(call, parts);
  // The check above may have waited, and the same Complete may have come twice.
  const meanwhile = store.uploads.completedEtag(uploadId, bucket, key);
  if (meanwhile !== undefined) return answer(call, meanwhile);
  const object = store.completeUpload(
    bucket,
    uploadId,
    { key, etag: multipartEtag(parts), headers: upload.headers, pieces: parts },
    condition,
  );
  call.publish('ObjectCreated:CompleteMultipartUpload', bucket, object);
  answer(call, object.etag);
}

function answer(call: S3Call, etag: string): void {
  sendXml(call, 'CompleteMultipartUploadResult', {
    Location: `http://${call.headers.get('host') ?? ''}/${call.bucket}/${encodeUriPath(call.key)}`,
    Bucket: call.bucket,
    Key: call.key,
    ETag: quoted(etag),
  });
}

/** The parts that the document lists, in its order, each checked against what is stored. */
function chosenParts(document: XmlNode, store: ObjectStore, uploadId: string): Part[] {
  const byNumber = new Map(store.uploads.parts(uploadId).map((part) => [part.number, part]));
  const listed = childrenOf(document, 'Part');
  if (listed.length === 0) throw new S3Error('MalformedXML');
  const parts = listed.map((item) => {
    const part = byNumber.get(Number(textOf(item, 'PartNumber')));
    if (!part || bareEtag(textOf(item, 'ETag') ?? '') !== part.etag || !sameChecksum(item, part))
      throw new S3Error('InvalidPart');
    return part;
  });
  if (parts.some((part, index) => index > 0 && (parts[index - 1]?.number ?? 0) >= part.number))
    throw new S3Error('InvalidPartOrder');
  if (parts.slice(0, -1).some((part) => part.sizeBytes < store.minPartSizeBytes))
    throw new S3Error('EntityTooSmall');
  return parts;
}

/** A checksum that the document gives for a part must be the one the part came with. */
function sameChecksum(item: XmlNode, part: Part): boolean {
  if (typeof item === 'string' || part.checksum === null) return true;
  const [header = '', value = ''] = part.checksum.split(':');
  const given = Object.keys(item).find(
    (name) => name.startsWith('Checksum') && `x-amz-checksum-${name.slice(8).toLowerCase()}` === header,
  );
  return given === undefined || textOf(item, given) === value;
}

function checkDeclaredSize(headers: ReadonlyMap<string, string>, parts: readonly Part[]): void {
  const declared = headers.get('x-amz-mp-object-size');
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  if (declared !== undefined && Number(declared) !== sizeBytes)
    throw new S3Error('InvalidRequest', `x-amz-mp-object-size is not the ${sizeBytes} bytes of the parts.`);
}

/** A checksum of the whole object is verified by reading it; one of checksums (`...-3`) is not looked at. */
async function checkWholeChecksum(call: S3Call, parts: readonly Part[]): Promise<void> {
  const type = call.headers.get('x-amz-checksum-type');
  const composite = [...call.headers].some(
    ([name, value]) => name.startsWith('x-amz-checksum-') && /-\d+$/.test(value),
  );
  if (composite || type === 'COMPOSITE') return;
  const checksum = declaredChecksum(call.headers);
  if (!checksum) return;
  const release = call.store.files.hold(parts);
  try {
    const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
    const nowhere = new Writable({ write: (_bytes, _encoding, done) => done() });
    await pipeline(
      call.store.files.read(parts, 0, sizeBytes - 1),
      new PayloadVerifier({ checksum }),
      nowhere,
    );
  } finally {
    release();
  }
}

/** S3's ETag of a multipart object: the MD5 of the parts' MD5s, and their number. */
function multipartEtag(parts: readonly Part[]): string {
  const md5 = createHash('md5');
  for (const part of parts) md5.update(part.etag, 'hex');
  return `${md5.digest('hex')}-${parts.length}`;
}
