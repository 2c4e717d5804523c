/** A key of the media bucket that only Coconut has: it travels with every job and is kept there. */
export interface OutputCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Where Coconut writes, by the service's name in its own words. */
export type OutputStorage = {
  readonly bucket: string;
  readonly credentials: OutputCredentials;
} & (
  | { readonly service: 'dospaces'; readonly region: string }
  | { readonly service: 's3'; readonly region: string }
  | {
      readonly service: 's3other';
      readonly region: string;
      readonly endpoint: string;
      readonly forcePathStyle: boolean;
    }
);

/** The `storage` of a job (docs.coconut.co/jobs/storage). */
export interface StorageMembers {
  readonly service: string;
  readonly bucket: string;
  readonly region: string;
  readonly credentials: { readonly access_key_id: string; readonly secret_access_key: string };
  readonly acl?: string;
  readonly endpoint?: string;
  readonly force_path_style?: boolean;
  readonly cache_control?: string;
}

/** Every output lies under a prefix that is never written twice. */
const IMMUTABLE = 'public, max-age=31536000, immutable';

/**
 * Where the outputs of a job go. No `path`: the outputs carry their whole keys. The ACL is named wherever Coconut would
 * choose `public-read` by itself (R15):
 * - the CDN of Spaces serves only objects that are public;
 * - buckets of AWS take no ACL but this one once their owner is enforced, as is the default;
 * - other servers get none: some refuse any.
 */
export function storageMembers(storage: OutputStorage): StorageMembers {
  const { service, bucket, region, credentials } = storage;
  const shared = {
    service,
    bucket,
    region,
    credentials: {
      access_key_id: credentials.accessKeyId,
      secret_access_key: credentials.secretAccessKey,
    },
  };
  if (service === 'dospaces') return { ...shared, acl: 'public-read' };
  if (service === 's3') return { ...shared, acl: 'bucket-owner-full-control', cache_control: IMMUTABLE };
  // Without the path style its requests have been seen to go to AWS.
  return { ...shared, endpoint: storage.endpoint, force_path_style: storage.forcePathStyle };
}
