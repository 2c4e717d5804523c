import type { Log } from '#domain/context.ts';
import type { ObjectStore } from '#providers/storage/object-store.ts';

/** What transcoders that work elsewhere are put together from, beside the configuration. */
export interface RemoteParts {
  readonly sources: ObjectStore;
  readonly media: ObjectStore;
  readonly log: Log;
}
