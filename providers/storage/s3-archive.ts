import { HeadObjectCommand, type HeadObjectCommandOutput, RestoreObjectCommand } from '@aws-sdk/client-s3';
import type { ArchiveState } from './object-store.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { StorageError } from './storage-errors.ts';

/** Classes whose objects have to be restored before they can be read; GLACIER_IR is read at once. */
const ARCHIVE_CLASSES: readonly string[] = ['GLACIER', 'DEEP_ARCHIVE'];
/** RestoreObject's ways to say that there is nothing left to ask for. */
const UNDER_WAY: readonly string[] = ['RestoreAlreadyInProgress', 'ObjectAlreadyInActiveTierError'];
/** How servers without archives answer it. */
const UNKNOWN_CALL: readonly string[] = ['NotImplemented', 'MethodNotAllowed'];

type ArchiveHeaders = Pick<HeadObjectCommandOutput, 'StorageClass' | 'ArchiveStatus' | 'Restore'>;

/**
 * How an object stands that HEAD describes so; undefined for one that can be read. A restored copy of an archived one
 * counts as readable until it expires. `Restore` is `ongoing-request="true"`, or `"false"` with an expiry date.
 */
export function archiveStateOf({
  StorageClass,
  ArchiveStatus,
  Restore,
}: ArchiveHeaders): ArchiveState | undefined {
  const isArchived = ArchiveStatus !== undefined || ARCHIVE_CLASSES.includes(StorageClass ?? '');
  if (!isArchived) return undefined;
  if (Restore === undefined) return 'archived';
  return Restore.includes('ongoing-request="true"') ? 'restoring' : undefined;
}

/**
 * RestoreObject by the standard tier (3 to 12 hours, by the class). Intelligent-Tiering moves the object back for good
 * and refuses a number of days; the other classes lend a copy for `days` and demand it.
 */
export async function restoreObject(
  bucket: S3Bucket,
  key: string,
  { days }: { days: number },
): Promise<ArchiveState | undefined> {
  const { client } = bucket.server;
  const target = { Bucket: bucket.name, Key: key };
  const standing = await bucket.light('HeadObject', key, (abortSignal) =>
    client.send(new HeadObjectCommand(target), { abortSignal }),
  );
  const state = archiveStateOf(standing);
  if (state !== 'archived') return state;
  const RestoreRequest = {
    ...(standing.ArchiveStatus === undefined && { Days: days }),
    GlacierJobParameters: { Tier: 'Standard' as const },
  };
  await bucket.light('RestoreObject', key, async (abortSignal) => {
    try {
      await client.send(new RestoreObjectCommand({ ...target, RestoreRequest }), { abortSignal });
    } catch (error) {
      const name = error instanceof Error ? error.name : '';
      if (UNKNOWN_CALL.includes(name))
        throw new StorageError('restore_unsupported', `storage cannot restore object ${key}: ${name}`);
      if (!UNDER_WAY.includes(name)) throw error;
    }
  });
  return 'restoring';
}
