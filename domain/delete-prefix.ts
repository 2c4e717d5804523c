import type { ObjectStore } from '#providers/storage/object-store.ts';

/** Deletes until a listing finds nothing: what was written meanwhile goes too. */
export async function deletePrefix(
  store: Pick<ObjectStore, 'list' | 'deleteMany'>,
  prefix: string,
): Promise<void> {
  for (let empty = false; !empty; ) {
    empty = true;
    let batch: string[] = [];
    for await (const object of store.list(prefix)) {
      empty = false;
      batch.push(object.key);
      if (batch.length === 1000) {
        await store.deleteMany(batch);
        batch = [];
      }
    }
    if (batch.length > 0) await store.deleteMany(batch);
  }
}
