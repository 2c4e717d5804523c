import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { Playlist } from './playlist.entity.ts';
import type { PlaylistState } from './playlist-states.ts';
import type { PlaylistSummary } from './playlist-view.ts';

/**
 * The owner's playlists, newest first. Throws DomainError `forbidden`.
 *
 * @param page `before`: the id of the last playlist of the page before; ids are in order of time
 */
export async function listPlaylists(
  { em, actor }: Needs<'em' | 'actor'>,
  page: { limit: number; before?: string; state?: PlaylistState },
): Promise<{ items: readonly PlaylistSummary[]; nextBefore: string | null }> {
  if (actor.kind !== 'user') throw new DomainError('forbidden', 'A list belongs to an owner');
  const { limit, before, state } = page;
  const found = await em.fork().find(
    Playlist,
    {
      ownerId: actor.ownerId,
      ...(before !== undefined && { id: { $lt: before } }),
      ...(state !== undefined && { state }),
    },
    { orderBy: { id: 'desc' }, limit: limit + 1 },
  );
  const items = found.slice(0, limit);
  return {
    items: items.map(summaryOf),
    nextBefore: found.length > limit ? (items.at(-1)?.id ?? null) : null,
  };
}

/** A playlist without its entries. */
export function summaryOf(playlist: Playlist): PlaylistSummary {
  return {
    id: playlist.id,
    title: playlist.title,
    fileName: playlist.fileName,
    state: playlist.state,
    failReason: playlist.failReason ?? null,
    failDetail: playlist.failDetail ?? null,
    createdAt: playlist.createdAt,
  };
}
