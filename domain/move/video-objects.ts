import type { StoredObject } from '#providers/storage/object-store.ts';
import { mediaPrefix, sourcePrefix } from '../storage-keys.ts';
import type { StoragePlace } from '../storages.ts';

export type MovedBucket = 'sources' | 'media';

/** One object of a video, and the bucket that it is in. */
export interface VideoObject {
  readonly bucket: MovedBucket;
  readonly object: StoredObject;
}

/** By which an object is found again: the bucket and the key. */
export function nameOf({ bucket, key }: { bucket: MovedBucket; key: string }): string {
  return `${bucket}/${key}`;
}

/** All that belongs to a video and is kept; what is only staged is not. By name. Throws StorageError. */
export async function listVideo(place: StoragePlace, videoId: string): Promise<Map<string, VideoObject>> {
  const found = new Map<string, VideoObject>();
  const prefixes = { sources: sourcePrefix(videoId), media: mediaPrefix(videoId) } as const;
  for (const bucket of ['sources', 'media'] as const)
    for await (const object of place[bucket].list(prefixes[bucket]))
      found.set(nameOf({ bucket, key: object.key }), { bucket, object });
  return found;
}
