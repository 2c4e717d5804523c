import type { ArchiveState, ObjectStore } from '#providers/storage/object-store.ts';
import { StorageError } from '#providers/storage/storage-errors.ts';

/**
 * The real store, in which some objects lie in an archive, as only a cloud has one: HEAD says so, reading is refused, and
 * restoring takes until the test says that it is over.
 */
export class ArchivedSources {
  readonly #objects = new Map<string, ArchiveState>();
  /** The keys that storage was asked to bring back, in order. */
  readonly asked: string[] = [];
  /** Thrown by `restore`, as long as it stands here. */
  refusal: StorageError | null = null;

  /** A lifecycle rule has moved the object away. */
  archive(key: string): void {
    this.#objects.set(key, 'archived');
  }

  /** Some hours have passed. */
  finishRestores(): void {
    for (const [key, state] of this.#objects) if (state === 'restoring') this.#objects.delete(key);
  }

  over(store: ObjectStore): ObjectStore {
    return {
      ...store,
      head: async (key) => {
        const archive = this.#objects.get(key);
        return { ...(await store.head(key)), ...(archive && { archive }) };
      },
      get: async (key, options) => {
        if (this.#objects.has(key)) throw new StorageError('object_archived', `object ${key} is archived`);
        return store.get(key, options);
      },
      restore: async (key) => {
        if (this.refusal) throw this.refusal;
        if (this.#objects.get(key) === 'archived') {
          this.asked.push(key);
          this.#objects.set(key, 'restoring');
        }
        return this.#objects.get(key);
      },
    };
  }
}
