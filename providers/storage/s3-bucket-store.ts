import type { ObjectStore } from './object-store.ts';
import { restoreObject } from './s3-archive.ts';
import { type ObjectAcl, s3Bucket } from './s3-bucket.ts';
import { copyObject } from './s3-copy.ts';
import {
  abortMultipart,
  completeMultipart,
  createMultipart,
  listMultiparts,
  listParts,
} from './s3-multipart.ts';
import { deleteObjects, getObject, headObject, listObjects, putObject } from './s3-objects.ts';
import { attachmentDisposition, s3Presigner } from './s3-presigner.ts';
import { putPart } from './s3-put-part.ts';
import type { S3Server } from './s3-server.ts';

/** The port over one bucket of an S3 server. Costs nothing until it is used. */
export function s3BucketStore(
  server: S3Server,
  name: string,
  { objectAcl }: { objectAcl?: ObjectAcl | undefined } = {},
): ObjectStore {
  const bucket = s3Bucket(server, name, objectAcl);
  const presign = s3Presigner(server, name);
  return {
    bucket: name,

    presignPut: (key, { urlTtlSeconds, contentType, sizeBytes }) =>
      presign({
        method: 'PUT',
        key,
        query: {},
        headers: { ...lengthHeader(sizeBytes), ...(contentType && { 'content-type': contentType }) },
        urlTtlSeconds,
      }),

    presignGet: (key, { urlTtlSeconds, attachmentFilename }) =>
      presign({
        method: 'GET',
        key,
        query: attachmentFilename
          ? { 'response-content-disposition': attachmentDisposition(attachmentFilename) }
          : {},
        headers: {},
        urlTtlSeconds,
      }),

    presignPart: (key, uploadId, partNumber, { urlTtlSeconds, sizeBytes }) =>
      presign({
        method: 'PUT',
        key,
        query: { partNumber: String(partNumber), uploadId },
        headers: lengthHeader(sizeBytes),
        urlTtlSeconds,
      }),

    createMultipart: (key, options) => createMultipart(bucket, key, options),
    putPart: (key, uploadId, partNumber, body, options) =>
      putPart(bucket, { key, uploadId, partNumber, body, ...options }),
    listParts: (key, uploadId) => listParts(bucket, key, uploadId),
    completeMultipart: (key, uploadId, parts) => completeMultipart(bucket, key, uploadId, parts),
    abortMultipart: (key, uploadId) => abortMultipart(bucket, key, uploadId),
    listMultiparts: (prefix) => listMultiparts(bucket, prefix),

    head: (key) => headObject(bucket, key),
    get: (key, options) => getObject(bucket, key, options),
    put: (key, body, options) => putObject(bucket, key, body, options),
    copyFrom: (source, key, options) => copyObject(bucket, source, key, options),
    restore: (key, options) => restoreObject(bucket, key, options),
    list: (prefix) => listObjects(bucket, prefix),
    deleteMany: (keys) => deleteObjects(bucket, keys),
  };
}

function lengthHeader(sizeBytes: number | undefined): Record<string, string> {
  return sizeBytes === undefined ? {} : { 'content-length': String(sizeBytes) };
}
