import {
  type BucketLocationConstraint,
  type CORSRule,
  CreateBucketCommand,
  GetBucketCorsCommand,
  HeadBucketCommand,
  PutBucketCorsCommand,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { openListings } from './open-listings.ts';
import { s3Bucket } from './s3-bucket.ts';
import type { S3Connection } from './s3-object-store.ts';
import type { S3Server } from './s3-server.ts';
import { isStorageError, StorageError } from './storage-errors.ts';

export interface PrepareBucketsOptions {
  readonly sourceBucket: string;
  readonly mediaBucket: string;
  /** Pages that may upload into the source bucket; `*` for any. */
  readonly corsOrigins: readonly string[];
  /** Players read the media bucket itself, through a CDN that only passes questions on. Default: no. */
  readonly mediaIsPublic?: boolean;
}

const CORS_METHODS = ['PUT', 'GET', 'HEAD', 'POST'];
/** Players fetch media from any page, and caches keep one answer for all of them. */
const MEDIA_CORS = { origins: ['*'], methods: ['GET', 'HEAD'] } as const;
const CORS_EXPOSED = ['ETag', 'Location', 'Retry-After', 'Content-Range', 'x-amz-request-id'];
const CORS_MAX_AGE_SECONDS = 3600;

/**
 * Makes missing buckets, private ones, and lets the origins upload into the source bucket. Safe to run at every start. Resolves to
 * notices, a line each: what this server or this key cannot do and what to run instead. Throws a StorageError, whose one
 * line says what to run, when a bucket is missing and cannot be made or cannot be used.
 */
export async function prepareBuckets(
  { server }: S3Connection,
  { sourceBucket, mediaBucket, corsOrigins, mediaIsPublic = false }: PrepareBucketsOptions,
): Promise<string[]> {
  for (const bucket of [sourceBucket, mediaBucket]) await ensureBucket(server, bucket);
  const upload = { origins: corsOrigins, methods: CORS_METHODS };
  return [
    ...server.vendor.limits,
    ...(await ensureCors(server, sourceBucket, upload, 'upload')),
    ...(mediaIsPublic ? await ensureCors(server, mediaBucket, MEDIA_CORS, 'play') : []),
    ...(mediaIsPublic ? await openListings(server, [sourceBucket, mediaBucket]) : []),
  ];
}

async function ensureBucket(server: S3Server, name: string): Promise<void> {
  const bucket = s3Bucket(server, name);
  const { client, region, vendor } = server;
  try {
    await bucket.light('HeadBucket', undefined, (abortSignal) =>
      client.send(new HeadBucketCommand({ Bucket: name }), { abortSignal }),
    );
    return;
  } catch (error) {
    // A HEAD carries no error name: 404 on a bucket reads as "object not found".
    if (!isStorageError(error, 'object_not_found', 'bucket_not_found')) throw error;
  }
  const elsewhere = vendor.locationConstraint && region !== 'us-east-1';
  const command = new CreateBucketCommand({
    Bucket: name,
    ...(elsewhere && {
      CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint },
    }),
  });
  try {
    await bucket.light('CreateBucket', undefined, (abortSignal) =>
      client.send(command, { abortSignal }).catch((error) => {
        // Another process that starts at the same moment has just made it.
        if (!isNamed(error, 'BucketAlreadyOwnedByYou')) throw error;
      }),
    );
  } catch (error) {
    if (!isStorageError(error)) throw error;
    const constraint = elsewhere ? ` --create-bucket-configuration LocationConstraint=${region}` : '';
    const run = awsCli(server, `create-bucket --bucket ${name}${constraint}`);
    throw new StorageError(
      error.code,
      `bucket ${name} is missing and was not made (${error.message}); run: ${run}`,
      {
        cause: error,
      },
    );
  }
}

async function ensureCors(
  server: S3Server,
  name: string,
  { origins, methods }: { origins: readonly string[]; methods: readonly string[] },
  purpose: 'upload' | 'play',
): Promise<string[]> {
  const bucket = s3Bucket(server, name);
  const { client } = server;
  const wanted: CORSRule = {
    AllowedOrigins: [...origins],
    AllowedMethods: [...methods],
    AllowedHeaders: ['*'],
    ExposeHeaders: CORS_EXPOSED,
    MaxAgeSeconds: CORS_MAX_AGE_SECONDS,
  };
  if (origins.length === 0) return [];
  if (!server.vendor.bucketCors) return [noBucketCors(origins)];
  if ((await corsRules(server, name)).some((rule) => covers(rule, wanted))) return [];
  const command = new PutBucketCorsCommand({ Bucket: name, CORSConfiguration: { CORSRules: [wanted] } });
  try {
    const isSet = await bucket.light('PutBucketCORS', undefined, (abortSignal) =>
      client.send(command, { abortSignal }).then(
        () => true,
        (error) => {
          if (!isNamed(error, 'NotImplemented')) throw error;
          return false;
        },
      ),
    );
    return isSet ? [] : [noBucketCors(origins)];
  } catch (error) {
    if (!isStorageError(error, 'access_refused')) throw error;
    // Usual where the stack owns the bucket: the rule may well be there, this key just cannot see it.
    const run = awsCli(server, `put-bucket-cors --bucket ${name} --cors-configuration '${corsJson(wanted)}'`);
    return [
      `the access key may not see or set CORS of bucket ${name}; if browsers cannot ${purpose}, run: ${run}`,
    ];
  }
}

async function corsRules(server: S3Server, name: string): Promise<CORSRule[]> {
  const command = new GetBucketCorsCommand({ Bucket: name });
  try {
    const { CORSRules = [] } = await s3Bucket(server, name).light('GetBucketCORS', undefined, (abortSignal) =>
      server.client.send(command, { abortSignal }),
    );
    return CORSRules;
  } catch (error) {
    if (isStorageError(error, 'unavailable')) throw error;
    return [];
  }
}

function covers(rule: CORSRule, wanted: CORSRule): boolean {
  const all = (have: string[] | undefined, want: string[] | undefined) =>
    (want ?? []).every(
      (entry) => have?.some((given) => given === '*' || given.toLowerCase() === entry.toLowerCase()) ?? false,
    );
  return (
    all(rule.AllowedOrigins, wanted.AllowedOrigins) &&
    all(rule.AllowedMethods, wanted.AllowedMethods) &&
    all(rule.AllowedHeaders, wanted.AllowedHeaders) &&
    all(rule.ExposeHeaders, wanted.ExposeHeaders)
  );
}

function noBucketCors(origins: readonly string[]): string {
  return `this server has no CORS per bucket: allow ${origins.join(', ')} in its own configuration`;
}

function isNamed(error: unknown, code: string): boolean {
  return error instanceof S3ServiceException && error.name === code;
}

function corsJson(rule: CORSRule): string {
  return JSON.stringify({ CORSRules: [rule] });
}

function awsCli(server: S3Server, command: string): string {
  const endpoint = server.endpoint ? ` --endpoint-url ${server.endpoint}` : '';
  return `aws s3api ${command} --region ${server.region}${endpoint}`;
}
