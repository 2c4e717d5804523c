import type { ObjectStore } from '#providers/storage/object-store.ts';
import { DomainError } from '../errors.ts';
import { newId } from '../identifiers.ts';
import { mediaPrefix, sourcePrefix } from '../storage-keys.ts';
import type { StoragePlace } from '../storages.ts';

/**
 * Proves that two storages are two: what is put into a bucket of `to` must not show up in the one of `from`. Names and
 * addresses prove nothing, since one bucket may have several, and to empty the old copy would then empty the new one.
 *
 * Throws DomainError `move_refused`, StorageError.
 */
export async function refuseSameBucket({
  from,
  to,
}: {
  from: StoragePlace;
  to: StoragePlace;
}): Promise<void> {
  // Of a video that never was: whatever a crash leaves of it is swept.
  const nobody = newId();
  for (const [bucket, prefix] of [
    ['sources', sourcePrefix(nobody)],
    ['media', mediaPrefix(nobody)],
  ] as const)
    if (await showsUp(from[bucket], to[bucket], prefix))
      throw new DomainError(
        'move_refused',
        `${from.id} and ${to.id} have the same bucket for ${bucket}: each storage of a move needs two buckets of its own`,
      );
}

async function showsUp(there: ObjectStore, here: ObjectStore, prefix: string): Promise<boolean> {
  const key = `${prefix}${newId()}`;
  await here.put(key, '', { contentType: 'text/plain', sizeBytes: 0 });
  try {
    for await (const found of there.list(prefix)) if (found.key === key) return true;
    return false;
  } finally {
    await here.deleteMany([key]);
  }
}
