import type { ObjectStore, StoredObject } from '#providers/storage/object-store.ts';
import { isStorageError } from '#providers/storage/storage-errors.ts';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { policyNamed } from './accept-source.ts';
import type { Assembly } from './assembly.ts';
import { refuseUnlessWhole } from './compare-parts.ts';
import { copyStaged } from './copy-staged.ts';
import { empty, otherSize, tooLarge } from './refused-source.ts';
import type { UploadSession } from './upload-session.entity.ts';

/**
 * Makes the object at the session's own key out of what its provider left in storage, and judges it. Repeatable: what an
 * earlier, interrupted completion made is taken.
 *
 * Throws DomainError `parts_missing`, `parts_mismatch` (the client mends it and calls again), `upload_expired` (storage
 * has dropped it); RefusedSource for what can never be a source; StorageError.
 */
export async function assembleSource(
  { storage, settings }: Needs<'storage' | 'settings'>,
  assembly: Assembly,
): Promise<StoredObject> {
  const { session } = assembly;
  const { maxSizeBytes } = policyNamed(settings.policies, session.policy);
  const object = await makeObject(storage.sources, assembly, maxSizeBytes);
  if (object.sizeBytes === 0) throw empty();
  if (session.sizeBytes != null && object.sizeBytes !== session.sizeBytes)
    throw otherSize(session.sizeBytes, object.sizeBytes);
  if (session.sizeBytes == null && object.sizeBytes > maxSizeBytes) throw tooLarge(maxSizeBytes);
  return object;
}

function makeObject(sources: ObjectStore, assembly: Assembly, maxSizeBytes: number): Promise<StoredObject> {
  switch (assembly.session.provider) {
    case 'S3_MULTIPART':
      return joinParts(sources, assembly, maxSizeBytes);
    case 'S3_PUT':
      return copyStaged(sources, assembly, maxSizeBytes);
    case 'TUS':
      // Whoever acknowledged the last byte may have died before storage had joined the parts.
      return assembly.session.bytesUploaded === assembly.session.sizeBytes
        ? joinParts(sources, assembly, maxSizeBytes)
        : standingObject(sources, assembly.session);
    default:
      throw new Error('An HLS set has no source: it is published by its own job');
  }
}

async function joinParts(
  sources: ObjectStore,
  { session, clientParts }: Assembly,
  maxSizeBytes: number,
): Promise<StoredObject> {
  try {
    const parts = await sources.listParts(session.fileKey, session.providerUploadId);
    refuseUnlessWhole(session, parts, clientParts);
    const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
    if (sizeBytes === 0) throw empty();
    // Before storage joins what nobody may keep.
    if (session.sizeBytes == null && sizeBytes > maxSizeBytes) throw tooLarge(maxSizeBytes);
    return await sources.completeMultipart(session.fileKey, session.providerUploadId, parts);
  } catch (error) {
    if (isStorageError(error, 'parts_rejected'))
      throw new DomainError('parts_mismatch', 'Storage has other parts than it listed; call again', {
        cause: error,
      });
    if (!isStorageError(error, 'multipart_not_found')) throw error;
    // Joined before, and the answer was lost: the object stands at the session's own key (R9).
    return await sources.head(session.fileKey).catch((missing: unknown) => {
      if (!isStorageError(missing, 'object_not_found')) throw missing;
      throw new DomainError('upload_expired', 'Storage has dropped this upload; start a new one', {
        cause: error,
      });
    });
  }
}

/** What the TUS server has joined itself. */
async function standingObject(sources: ObjectStore, session: UploadSession): Promise<StoredObject> {
  try {
    return await sources.head(session.fileKey);
  } catch (error) {
    if (!isStorageError(error, 'object_not_found')) throw error;
    throw new DomainError('parts_missing', 'The upload has not been sent to its end', {
      members: { missing: '1' },
      cause: error,
    });
  }
}
