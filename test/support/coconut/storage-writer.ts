import { type ObjectCannedACL, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { FakeStorage } from './job-validation.ts';

/** Writes outputs with nothing but what the job's `storage` says. */
export interface StorageWriter {
  /** Resolves to the address that notifications name. */
  put(path: string, body: Uint8Array, contentType: string): Promise<string>;
  close(): void;
}

/**
 * @param endpoints where the services that have no endpoint of their own are on this machine
 */
export function storageWriter(
  storage: FakeStorage,
  endpoints: Readonly<Partial<Record<FakeStorage['service'], string>>>,
): StorageWriter {
  const endpoint = storage.service === 's3other' ? storage.endpoint : endpoints[storage.service];
  if (endpoint === undefined) throw new Error(`This Coconut does not reach ${storage.service}`);
  const client = new S3Client({
    region: storage.service === 'dospaces' ? 'us-east-1' : (storage.region ?? 'us-east-1'),
    endpoint,
    forcePathStyle: storage.service !== 's3other' || storage.force_path_style === true,
    credentials: {
      accessKeyId: storage.credentials.access_key_id,
      secretAccessKey: storage.credentials.secret_access_key,
    },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    maxAttempts: 2,
  });
  const acl = aclOf(storage);
  return {
    async put(path, body, contentType) {
      const key = `${storage.path ?? ''}/${path}`.replace(/\/{2,}/g, '/').replace(/^\//, '');
      await client.send(
        new PutObjectCommand({
          Bucket: storage.bucket,
          Key: key,
          Body: body,
          ContentType: contentType,
          ...(acl && { ACL: acl }),
          ...(storage.service === 's3' && storage.cache_control && { CacheControl: storage.cache_control }),
        }),
      );
      return `${endpoint}/${storage.bucket}/${key}`;
    },
    close: () => client.destroy(),
  };
}

/** On Amazon's S3 everything is public unless the job says otherwise. */
function aclOf(storage: FakeStorage): ObjectCannedACL | undefined {
  if (storage.service === 's3other') return undefined;
  return storage.acl ?? (storage.service === 's3' ? 'public-read' : 'private');
}
