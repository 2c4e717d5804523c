import { DeliveryError } from '#providers/delivery/delivery.ts';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { mediaPrefix } from '../storage-keys.ts';
import { refuseUnlessAdmin } from './list-dead-letters.ts';

/** What is dropped: what a key begins with, all of one video, or everything. */
export type InvalidateCache =
  | { readonly prefix: string }
  | { readonly videoId: string }
  | { readonly everything: true };

export interface InvalidatedCache {
  readonly prefix: string;
  /** False where viewers are served by the API itself: then nothing was cached. */
  readonly isCached: boolean;
  readonly delivery: string;
}

/** `videos/{id}/` and what may follow it in keys of ours; so no wildcard of a CDN, and no way out by `..`. */
const OF_A_VIDEO = /^videos\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\/(?:[\w-]+(?:\.[\w-]+)*(?:\/|$))*$/;

/**
 * Has the CDN drop what it holds under a prefix, for playlists or segments that were polluted. Everything else of ours is
 * immutable and never needs it (R14), so it is costly: the CDN fetches all of it again, and may charge for the order.
 * Twice is harmless. Throws DomainError `forbidden`, `invalid_request`, `delivery_unavailable`.
 */
export async function invalidateCache(
  { actor, delivery, log }: Needs<'actor' | 'delivery' | 'log'>,
  what: InvalidateCache,
): Promise<InvalidatedCache> {
  refuseUnlessAdmin(actor);
  const prefix = prefixOf(what);
  await delivery.invalidate(prefix).catch((error: unknown) => {
    if (error instanceof DeliveryError)
      throw new DomainError('delivery_unavailable', error.message, { cause: error });
    throw error;
  });
  log.warn({ prefix, delivery: delivery.name }, 'the cache was invalidated');
  return { prefix, isCached: delivery.name !== 'local', delivery: delivery.name };
}

function prefixOf(what: InvalidateCache): string {
  if ('everything' in what) return 'videos/';
  if ('videoId' in what) return mediaPrefix(what.videoId);
  if (OF_A_VIDEO.test(what.prefix)) return what.prefix;
  const message = 'must begin with videos/{videoId}/ and go on like a key; to drop everything, say so';
  throw new DomainError('invalid_request', `The prefix ${message}`, {
    fields: [{ field: 'prefix', message }],
  });
}
