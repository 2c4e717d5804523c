import * as bucket from './bucket-operations.ts';
import type { S3Call } from './call.ts';
import { completeUpload } from './complete-upload.ts';
import { copyObject, uploadPartCopy } from './copy-object.ts';
import { deleteObject, deleteObjects } from './delete-objects.ts';
import { getObject } from './get-object.ts';
import { listObjects } from './list-objects.ts';
import { listParts, listUploads } from './list-uploads.ts';
import { putObject } from './put-object.ts';
import { S3Error } from './s3-error.ts';
import { refuseUnsupported } from './unsupported.ts';
import { abortUpload, createUpload, uploadPart } from './upload-part.ts';

type Operation = (call: S3Call) => void | Promise<void>;
type UploadOperation = (call: S3Call, uploadId: string) => void | Promise<void>;
type Methods<Handler> = Readonly<Record<string, Handler>>;

const MAX_KEY_BYTES = 1024;

/** A bucket's operations by the query parameter that names them, then by method. */
const BUCKET_SUBRESOURCES: Readonly<Record<string, Methods<Operation>>> = {
  cors: { GET: bucket.getBucketCors, PUT: bucket.putBucketCors, DELETE: bucket.deleteBucketCors },
  location: { GET: bucket.getBucketLocation },
  versioning: { GET: bucket.getBucketVersioning },
  uploads: { GET: listUploads },
  delete: { POST: deleteObjects },
};
const BUCKET: Methods<Operation> = {
  GET: listObjects,
  HEAD: bucket.headBucket,
  DELETE: bucket.deleteBucket,
};
const OBJECT: Methods<Operation> = {
  GET: getObject,
  HEAD: getObject,
  DELETE: deleteObject,
  PUT: (call) => (call.headers.has('x-amz-copy-source') ? copyObject(call) : putObject(call)),
};
const UPLOAD: Methods<UploadOperation> = {
  GET: listParts,
  POST: completeUpload,
  DELETE: abortUpload,
  PUT: (call, id) =>
    call.headers.has('x-amz-copy-source') ? uploadPartCopy(call, id) : uploadPart(call, id),
};

/** Runs the operation that an authenticated call asks for. */
export async function route(call: S3Call): Promise<void> {
  refuseUnsupported(call.query, call.headers);
  if (call.bucket === '') return pick({ GET: bucket.listBuckets }, call)(call);
  if (call.key !== '') return routeObject(call);
  const subresource = Object.keys(BUCKET_SUBRESOURCES).find((name) => call.query.has(name));
  if (call.method === 'PUT' && subresource === undefined) return bucket.createBucket(call);
  call.store.buckets.require(call.bucket);
  const methods = subresource === undefined ? BUCKET : BUCKET_SUBRESOURCES[subresource];
  return pick(methods ?? {}, call)(call);
}

async function routeObject(call: S3Call): Promise<void> {
  call.store.buckets.require(call.bucket);
  if (Buffer.byteLength(call.key) > MAX_KEY_BYTES) throw new S3Error('KeyTooLongError');
  const uploadId = call.query.get('uploadId');
  if (uploadId !== null) return pick(UPLOAD, call)(call, uploadId);
  if (call.query.has('uploads')) return pick({ POST: createUpload }, call)(call);
  return pick(OBJECT, call)(call);
}

function pick<Handler>(methods: Methods<Handler>, call: S3Call): Handler {
  const handler = Object.hasOwn(methods, call.method) ? methods[call.method] : undefined;
  if (handler === undefined) throw new S3Error('MethodNotAllowed');
  return handler;
}
