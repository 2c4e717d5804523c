import { vendorOfEndpoint } from '#providers/storage/s3-vendors.ts';
import type { ResolvedConfig } from './config.ts';

type StorageAddress = Pick<
  ResolvedConfig,
  | 'S3_NAME'
  | 'S3_ENDPOINT'
  | 'S3_REGION'
  | 'S3_VENDOR'
  | 'S3_SOURCE_BUCKET'
  | 'S3_MEDIA_BUCKET'
  | 'hasOwnStorage'
>;

/**
 * What a storage is called in `videos.storage`: S3_NAME, else host and buckets, such as
 * `s3.eu-west-1.amazonaws.com/sources+media`. Scheme, addressing style and keys may change without changing it; on AWS
 * the address too, since a bucket's name is the same behind each of them.
 */
export function storageIdentity(config: StorageAddress): string {
  if (config.S3_NAME !== undefined) return config.S3_NAME;
  return `${hostOf(config)}/${config.S3_SOURCE_BUCKET}+${config.S3_MEDIA_BUCKET}`;
}

function hostOf({
  S3_ENDPOINT: endpoint,
  S3_REGION: region,
  S3_VENDOR: vendor,
  hasOwnStorage,
}: Pick<ResolvedConfig, 'S3_ENDPOINT' | 'S3_REGION' | 'S3_VENDOR' | 'hasOwnStorage'>): string {
  // Its port is whatever was free.
  if (!hasOwnStorage) return 'embedded';
  if (endpoint === undefined || (vendor ?? vendorOfEndpoint(endpoint).name) === 'aws')
    return `s3.${region}.amazonaws.com`;
  return new URL(endpoint).host;
}

/** A bucket that two storages have in common by their addresses, whatever they are called; null for none. */
export function sharedBucket(a: StorageAddress, b: StorageAddress): string | null {
  if (hostOf(a) !== hostOf(b)) return null;
  if (a.S3_SOURCE_BUCKET === b.S3_SOURCE_BUCKET) return a.S3_SOURCE_BUCKET;
  return a.S3_MEDIA_BUCKET === b.S3_MEDIA_BUCKET ? a.S3_MEDIA_BUCKET : null;
}
