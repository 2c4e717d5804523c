import type { Context } from '#domain/context.ts';
import { videoIdOfKey } from '#domain/storage-keys.ts';
import { type MediaDelivery, placeOf, type StoragePlace, type Storages } from '#domain/storages.ts';
import type { Delivery } from '#providers/delivery/delivery.ts';
import { mergedStore } from './merged-store.ts';

/** Which storage a video lives in, as the database has it now; undefined for a video that is not there. */
export type ReadStorage = (videoId: string) => Promise<string | null | undefined>;

/**
 * The two buckets of a deployment that has two storages: each call goes to where the video of its key lives. It is asked
 * of the database each time, so a switch is seen at once.
 */
export function routedStorage(
  storages: Storages & { readonly second: StoragePlace },
  readStorage: ReadStorage,
): Context['storage'] {
  const find = async (key: string) => {
    const living = await placeOfKey(storages, readStorage, key);
    return { living, other: living === storages.own ? storages.second : storages.own };
  };
  return {
    sources: mergedStore(storages, 'sources', find),
    media: mergedStore(storages, 'media', find),
  };
}

/** What belongs to no video (yet) is in the storage of new videos. */
async function placeOfKey(storages: Storages, readStorage: ReadStorage, key: string): Promise<StoragePlace> {
  const videoId = videoIdOfKey(key);
  const storage = videoId === null ? undefined : await readStorage(videoId);
  return storage === undefined ? storages.own : placeOf(storages, storage);
}

/** Each video is delivered by the delivery of its storage; what is dropped from one cache is dropped from both. */
export function routedDelivery(storages: Storages): MediaDelivery {
  const places: Delivery[] = [storages.own, storages.second].flatMap((place) => place?.delivery ?? []);
  return {
    name: storages.own.delivery.name,
    playbackUrl: (key, storage) => placeOf(storages, storage).delivery.playbackUrl(key),
    async invalidate(prefix) {
      await Promise.all(places.map((delivery) => delivery.invalidate(prefix)));
    },
  };
}
