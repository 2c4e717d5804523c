import type { ArchiveState, ObjectStore } from '#providers/storage/object-store.ts';

/** A restored copy has to outlast the wait for a turn, every attempt, and the fallback's. */
const RESTORED_DAYS = 7;
/** Archives take hours; whoever waits looks again this often. */
export const RESTORE_LOOK_SECONDS = 3600;

/**
 * Has storage bring an archived source back.
 *
 * @returns `archived` when that was asked for just now, `restoring` when it was on its way, undefined when it can be read
 * Throws StorageError, `restore_unsupported` and `access_refused` among them.
 */
export async function restoreSource(sources: ObjectStore, key: string): Promise<ArchiveState | undefined> {
  const { archive } = await sources.head(key);
  if (archive !== 'archived') return archive;
  return (await sources.restore(key, { days: RESTORED_DAYS })) && 'archived';
}
