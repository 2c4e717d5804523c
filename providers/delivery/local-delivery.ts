import type { Delivery } from './delivery.ts';
import { keyPath } from './key-path.ts';

/**
 * Delivery by the API itself: `/media/{key}` streams the object out of the media bucket.
 *
 * @param publicUrl the API's own address as players see it, without a trailing slash
 */
export function localDelivery(publicUrl: string): Delivery {
  return {
    name: 'local',
    playbackUrl: (key) => `${publicUrl}/media/${keyPath(key)}`,
    // Nothing is cached between the API and storage; a deleted object is gone at once.
    invalidate: () => Promise.resolve(),
  };
}
