import type { Delivery } from '#providers/delivery/delivery.ts';
import type { ObjectStore } from '#providers/storage/object-store.ts';

/** A place for the objects of videos: two buckets, and what takes the second one to viewers. */
export interface StoragePlace {
  /** Its identity, the same in every process that reaches it: `videos.storage` holds it. */
  readonly id: string;
  readonly sources: ObjectStore;
  readonly media: ObjectStore;
  readonly delivery: Delivery;
}

/** The storages of this process. One, except while a library is being moved and where there are two regions. */
export interface Storages {
  /** Where new videos are put. */
  readonly own: StoragePlace;
  readonly second: StoragePlace | null;
  /** The one that a video without a name lives in: the deployment's first. */
  readonly homeId: string;
  /** The one that transcoders elsewhere were given; left out where that is `own`. */
  readonly transcoded?: StoragePlace;
}

/** Delivery of videos, each from the storage that it lives in. */
export interface MediaDelivery extends Pick<Delivery, 'name' | 'invalidate'> {
  /**
   * The address at which players fetch `key`, absolute. Pure: no round trip.
   *
   * @param storage of the video that the key belongs to
   */
  playbackUrl(key: string, storage: string | null | undefined): string;
}

/**
 * Where a video lives. A name that nobody knows is the first storage under an older address: there was no other when it
 * was written, since a process that does not know every storage in use does not start.
 */
export function placeOf(storages: Storages, storage: string | null | undefined): StoragePlace {
  const { own, second, homeId } = storages;
  if (!second) return own;
  if (storage === own.id) return own;
  if (storage === second.id) return second;
  return homeId === second.id ? second : own;
}

/** The storage whose videos may be given to transcoders elsewhere; the others are FFmpeg's. */
export function transcodedPlace({ own, transcoded }: Storages): StoragePlace {
  return transcoded ?? own;
}

/** The other one of two; null while there is one. */
export function otherThan({ own, second }: Storages, place: StoragePlace): StoragePlace | null {
  return place === own ? second : own;
}
