import type { ObjectStore, StoredObject } from '#providers/storage/object-store.ts';
import { isStorageError } from '#providers/storage/storage-errors.ts';
import { DomainError } from '../errors.ts';
import type { Assembly } from './assembly.ts';
import { refuseUnlessWhole } from './compare-parts.ts';
import { empty, tooLarge } from './refused-source.ts';

/** A client that writes again and again while we look is told to stop, not followed for ever. */
const LOOKS = 3;

/**
 * Looks at what stands in staging and copies exactly that to the session's own key (R11): an object that was swapped
 * after the look is looked at again, never copied unseen. What is too large or empty is refused before it is copied.
 *
 * Throws DomainError `parts_missing` (nothing there yet, or another size than announced), `parts_mismatch` (it does not
 * stand still, or is not what the client says); RefusedSource; StorageError.
 */
export async function copyStaged(
  sources: ObjectStore,
  { session, clientParts, assertClaimed }: Assembly,
  maxSizeBytes: number,
): Promise<StoredObject> {
  const stagingKey = session.stagingKey ?? '';
  for (let look = 1; look <= LOOKS; look += 1) {
    const staged = await headOrNull(sources, stagingKey);
    if (!staged) {
      // Copied before by a completion that crashed, and cleared away by somebody since: nobody else writes to this key.
      const copy = await headOrNull(sources, session.fileKey);
      if (copy) return copy;
      throw new DomainError(
        'parts_missing',
        'Storage has not got the file yet; PUT it to its URL, then call again',
        { members: { missing: '1' } },
      );
    }
    const { etag, sizeBytes } = staged;
    if (sizeBytes === 0 && session.sizeBytes == null) throw empty();
    if (sizeBytes > maxSizeBytes) throw tooLarge(maxSizeBytes);
    refuseUnlessWhole(session, [{ partNumber: 1, sizeBytes, etag }], clientParts);
    // A completer that was taken for dead would copy over what its successor has accepted.
    await assertClaimed();
    try {
      const source = { bucket: sources.bucket, key: stagingKey, etag, sizeBytes };
      return await sources.copyFrom(source, session.fileKey, { contentType: session.mime });
    } catch (error) {
      if (!isStorageError(error, 'object_changed', 'object_not_found')) throw error;
    }
  }
  throw new DomainError(
    'parts_mismatch',
    'The file was replaced while it was looked at; call again when it is sent',
  );
}

async function headOrNull(sources: ObjectStore, key: string): Promise<StoredObject | null> {
  try {
    return await sources.head(key);
  } catch (error) {
    if (isStorageError(error, 'object_not_found')) return null;
    throw error;
  }
}
