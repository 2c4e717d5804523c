import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEmbeddedS3 } from '#bootstrap/embedded/s3/server.ts';
import { prepareBuckets } from '#providers/storage/prepare-buckets.ts';
import { s3Connection } from '#providers/storage/s3-object-store.ts';
import type { S3Options } from '#providers/storage/s3-server.ts';
import { S3_VENDORS, type S3VendorName } from '#providers/storage/s3-vendors.ts';
import type { ObjectStoreSubject } from '#test/contract/object-store/stand.ts';

const MIB = 1024 ** 2;

export const EMBEDDED_KEY = { accessKeyId: 'embedded', secretAccessKey: 'embedded-secret' };

/** The server that comes with Sluice, in a directory of its own. */
export async function startTestS3(buckets: readonly string[]) {
  const dir = await mkdtemp(path.join(tmpdir(), 'sluice-s3-'));
  const server = await startEmbeddedS3({
    dir,
    port: 0,
    keys: { [EMBEDDED_KEY.accessKeyId]: EMBEDDED_KEY.secretAccessKey },
    buckets,
  });
  return {
    url: server.url,
    close: async () => {
      await server.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export async function embeddedSubject(): Promise<ObjectStoreSubject> {
  const server = await startTestS3(['sources', 'media']);
  const subject = s3Subject(
    { endpoint: server.url, region: 'us-east-1', credentials: EMBEDDED_KEY, vendor: 'embedded' },
    ['sources', 'media'],
  );
  return {
    ...subject,
    close: async () => {
      await subject.close();
      await server.close();
    },
  };
}

/** The server that the S3_* variables name, with buckets that are made where they are missing. */
export async function configuredSubject(env: NodeJS.ProcessEnv): Promise<ObjectStoreSubject> {
  const sourceBucket = env.S3_SOURCE_BUCKET ?? 'sluice-contract-source';
  const mediaBucket = env.S3_MEDIA_BUCKET ?? 'sluice-contract-media';
  const options: S3Options = {
    region: env.S3_REGION ?? 'us-east-1',
    ...(env.S3_ENDPOINT && { endpoint: env.S3_ENDPOINT }),
    ...(env.S3_ACCESS_KEY_ID && {
      credentials: { accessKeyId: env.S3_ACCESS_KEY_ID, secretAccessKey: env.S3_SECRET_ACCESS_KEY ?? '' },
    }),
    ...(env.S3_FORCE_PATH_STYLE && { forcePathStyle: env.S3_FORCE_PATH_STYLE === 'true' }),
    ...(env.S3_VENDOR && { vendor: vendorNamed(env.S3_VENDOR) }),
  };
  const connection = s3Connection(options);
  await prepareBuckets(connection, { sourceBucket, mediaBucket, corsOrigins: ['*'] });
  connection.close();
  return s3Subject(options, [sourceBucket, mediaBucket]);
}

function s3Subject(options: S3Options, [bucket, otherBucket]: [string, string]): ObjectStoreSubject {
  const connection = s3Connection(options);
  const sizes = { pageSize: 2, copyByPartsAboveBytes: 6 * MIB, copyPartSizeBytes: 5 * MIB };
  const small = s3Connection({ ...options, sizes });
  const credentials = { accessKeyId: 'nobody', secretAccessKey: 'knows' };
  const stranger = s3Connection({ ...options, credentials });
  return {
    store: connection.store(bucket),
    other: connection.store(otherBucket),
    small: small.store(bucket),
    stranger: stranger.store(bucket),
    nowhere: connection.store(`missing-${randomUUID()}`),
    findsMultipartsByPrefix: connection.server.vendor.multipartListing !== 'exact-key',
    close: async () => {
      for (const opened of [connection, small, stranger]) opened.close();
    },
  };
}

function vendorNamed(name: string): S3VendorName {
  if (name in S3_VENDORS) return name as S3VendorName;
  throw new Error(`S3_VENDOR is ${name}; it has to be one of ${Object.keys(S3_VENDORS).join(', ')}`);
}
