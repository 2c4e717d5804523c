import { S3Error } from './s3-error.ts';

/** Query parameters that name a part of S3 which is not spoken here. */
const SUBRESOURCES = new Set([
  'accelerate',
  'acl',
  'analytics',
  'attributes',
  'encryption',
  'intelligent-tiering',
  'inventory',
  'legal-hold',
  'lifecycle',
  'logging',
  'metrics',
  'notification',
  'object-lock',
  'ownershipControls',
  'policy',
  'policyStatus',
  'publicAccessBlock',
  'renameObject',
  'replication',
  'requestPayment',
  'restore',
  'retention',
  'select',
  'tagging',
  'torrent',
  'versionId',
  'versions',
  'website',
]);

/** Header prefixes that ask for something which would silently not happen. */
const HEADERS = [
  'x-amz-grant-',
  'x-amz-object-lock-',
  'x-amz-tagging',
  'x-amz-website-redirect-location',
  'x-amz-write-offset-bytes',
  'x-amz-copy-source-server-side-encryption-',
  'x-amz-server-side-encryption-',
];
const PRIVATE_ACLS = ['private', 'bucket-owner-full-control', 'bucket-owner-read'];

/** Refuses what is not implemented: a server that ignores a demand hides the mistake until the real cloud. */
export function refuseUnsupported(query: URLSearchParams, headers: ReadonlyMap<string, string>): void {
  for (const name of query.keys())
    if (SUBRESOURCES.has(name)) throw new S3Error('NotImplemented', `?${name} is not implemented here.`);
  for (const name of headers.keys())
    if (HEADERS.some((prefix) => name.startsWith(prefix)))
      throw new S3Error('NotImplemented', `${name} is not implemented here.`);
  const acl = headers.get('x-amz-acl');
  if (acl !== undefined && !PRIVATE_ACLS.includes(acl)) throw new S3Error('AccessControlListNotSupported');
  refuseOther(headers, 'x-amz-storage-class', 'STANDARD');
  refuseOther(headers, 'x-amz-server-side-encryption', 'AES256');
}

function refuseOther(headers: ReadonlyMap<string, string>, name: string, allowed: string): void {
  const value = headers.get(name);
  if (value !== undefined && value !== allowed)
    throw new S3Error('NotImplemented', `${name} other than ${allowed} is not implemented here.`);
}
