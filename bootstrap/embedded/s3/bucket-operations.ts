import { isoTime, type S3Call, sendEmpty, sendXml } from './call.ts';
import { parseCorsConfiguration, parseCorsRules } from './cors-rules.ts';
import { readText } from './payload.ts';
import { S3Error } from './s3-error.ts';

/** S3's limit on a CORS document. */
const MAX_CORS_BYTES = 64 * 1024;

export function listBuckets(call: S3Call): void {
  sendXml(call, 'ListAllMyBucketsResult', {
    Owner: { ID: 'local' },
    Buckets: {
      Bucket: call.store.buckets
        .list()
        .map((bucket) => ({ Name: bucket.name, CreationDate: isoTime(bucket.createdAtMs) })),
    },
  });
}

/** The location in the body, if any, is not looked at: there is one place. */
export function createBucket(call: S3Call): void {
  if (!call.store.buckets.create(call.bucket)) throw new S3Error('BucketAlreadyOwnedByYou');
  call.continueBody();
  call.body.resume();
  sendEmpty(call, 200, { location: `/${call.bucket}` });
}

export function deleteBucket(call: S3Call): void {
  call.store.buckets.remove(call.bucket);
  sendEmpty(call, 204);
}

export function headBucket(call: S3Call): void {
  sendEmpty(call, 200);
}

export function getBucketLocation(call: S3Call): void {
  sendXml(call, 'LocationConstraint', {});
}

/** A bucket here never had versioning: an empty document says so. */
export function getBucketVersioning(call: S3Call): void {
  sendXml(call, 'VersioningConfiguration', {});
}

export async function putBucketCors(call: S3Call): Promise<void> {
  const rules = parseCorsConfiguration(await readText(call, MAX_CORS_BYTES));
  call.store.buckets.setCors(call.bucket, JSON.stringify(rules));
  sendEmpty(call, 200);
}

export function getBucketCors(call: S3Call): void {
  const { cors } = call.store.buckets.require(call.bucket);
  if (cors === null) throw new S3Error('NoSuchCORSConfiguration');
  sendXml(call, 'CORSConfiguration', {
    CORSRule: parseCorsRules(cors).map((rule) => ({
      ID: rule.id,
      AllowedOrigin: rule.origins,
      AllowedMethod: rule.methods,
      AllowedHeader: rule.headers,
      ExposeHeader: rule.exposedHeaders,
      MaxAgeSeconds: rule.maxAgeSeconds,
    })),
  });
}

export function deleteBucketCors(call: S3Call): void {
  call.store.buckets.setCors(call.bucket, null);
  sendEmpty(call, 204);
}
