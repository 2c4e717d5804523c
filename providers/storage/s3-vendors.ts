/** The S3 servers whose differences are known. `generic` is any other: nothing beyond the plain API is taken for granted. */
export type S3VendorName = 'aws' | 'spaces' | 'r2' | 'versitygw' | 'minio' | 'embedded' | 'generic';

/** What an S3 server does otherwise than AWS, as far as this adapter has to act on it. */
export interface S3Vendor {
  readonly name: S3VendorName;
  /** Buckets are named in the path (`host/bucket/key`), not in the host name (`bucket.host/key`). */
  readonly forcePathStyle: boolean;
  /** CORS rules can be set per bucket by PutBucketCors. */
  readonly bucketCors: boolean;
  /** A bucket outside us-east-1 is made by naming its region in the body of CreateBucket. */
  readonly locationConstraint: boolean;
  /**
   * How ListMultipartUploads may be asked: `paged` as AWS; `first-page`, because the markers of a second page are
   * refused; `exact-key`, because a prefix finds an upload only when it is the whole key.
   */
  readonly multipartListing: 'paged' | 'first-page' | 'exact-key';
  /** CompleteMultipartUpload compares `x-amz-mp-object-size` with the sum of the parts. Others may refuse the header. */
  readonly checksCompletedSize: boolean;
  /** The server is known to honour `x-amz-copy-source-if-match`; else the source is looked at before and after. */
  readonly conditionalCopy: boolean;
  /** The vendor's own CDN reads the bucket as anybody would: it serves only objects that anybody may read. */
  readonly cdnNeedsPublicObjects: boolean;
  /** What whoever runs this server should know, one sentence each. */
  readonly limits: readonly string[];
}

const LIKE_AWS = {
  forcePathStyle: false,
  bucketCors: true,
  locationConstraint: false,
  multipartListing: 'paged',
  checksCompletedSize: false,
  conditionalCopy: false,
  cdnNeedsPublicObjects: false,
  limits: [],
} as const;

export const S3_VENDORS: { readonly [Name in S3VendorName]: S3Vendor } = {
  aws: {
    ...LIKE_AWS,
    name: 'aws',
    locationConstraint: true,
    checksCompletedSize: true,
    conditionalCopy: true,
  },
  spaces: { ...LIKE_AWS, name: 'spaces', cdnNeedsPublicObjects: true },
  r2: { ...LIKE_AWS, name: 'r2', forcePathStyle: true, conditionalCopy: true },
  versitygw: {
    ...LIKE_AWS,
    name: 'versitygw',
    forcePathStyle: true,
    multipartListing: 'first-page',
    limits: [
      'versitygw keeps uploads that were cut off: have clients send a checksum header with every part.',
      'versitygw answers an expired URL without CORS headers: a browser sees a network error, not a 403.',
    ],
  },
  minio: {
    ...LIKE_AWS,
    name: 'minio',
    forcePathStyle: true,
    bucketCors: false,
    multipartListing: 'exact-key',
    limits: ['MinIO finds open multipart uploads by their whole key only: sweeping by prefix finds none.'],
  },
  embedded: { ...LIKE_AWS, name: 'embedded', forcePathStyle: true, conditionalCopy: true },
  generic: { ...LIKE_AWS, name: 'generic', forcePathStyle: true },
};

/** True for an address at AWS, by its host. What is no address is none of theirs. */
export function isAwsEndpoint(endpoint: string): boolean {
  return /(^|\.)amazonaws\.com(\.cn)?$/.test(URL.parse(endpoint)?.hostname ?? '');
}

/**
 * The vendor behind an endpoint, told by its host name: no endpoint means AWS, an unknown host `generic`. Servers that
 * run anywhere (versitygw, MinIO, the embedded one) cannot be told by their host and have to be named by the caller.
 */
export function vendorOfEndpoint(endpoint: string | undefined): S3Vendor {
  if (!endpoint || isAwsEndpoint(endpoint)) return S3_VENDORS.aws;
  const host = new URL(endpoint).hostname;
  if (/(^|\.)digitaloceanspaces\.com$/.test(host)) return S3_VENDORS.spaces;
  if (/(^|\.)r2\.cloudflarestorage\.com$/.test(host)) return S3_VENDORS.r2;
  return S3_VENDORS.generic;
}
