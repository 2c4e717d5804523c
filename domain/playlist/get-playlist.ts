import { sql } from 'kysely';
import { mayAct } from '../access/ownership.ts';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { FailReason } from '../fail-reasons.ts';
import { streamUrlOf } from '../video/present-video.ts';
import type { VideoStatus } from '../video/video-states.ts';
import { summaryOf } from './list-playlists.ts';
import { Playlist } from './playlist.entity.ts';
import type { PlaylistEntryState } from './playlist-entry.entity.ts';
import type { PlaylistCounts, PlaylistVideo, PlaylistView } from './playlist-view.ts';

export interface GetPlaylist {
  readonly playlistId: string;
  /** How many entries at most. */
  readonly limit: number;
  readonly cursor?: string;
  /** Only entries in this state. */
  readonly state?: PlaylistEntryState;
}

interface EntryRow {
  readonly position: number;
  readonly name: string;
  readonly state: PlaylistEntryState;
  readonly video_id: string | null;
  readonly status: VideoStatus | null;
  readonly fail_reason: FailReason | null;
  readonly title: string | null;
  readonly current_version: string | null;
  readonly poster_key: string | null;
  readonly storage: string | null;
  readonly duration_seconds: string | null;
}

/**
 * The owner's playlist with its entries in order, a page of them. Throws DomainError `playlist_not_found`, for a foreign
 * one too, `invalid_cursor`.
 */
export async function getPlaylist(
  { em, actor, delivery }: Needs<'em' | 'actor' | 'delivery'>,
  { playlistId, limit, cursor, state }: GetPlaylist,
): Promise<PlaylistView> {
  const after = cursor === undefined ? -1 : readCursor(cursor);
  const read = em.fork();
  const playlist = await read.findOne(Playlist, { id: playlistId });
  if (!playlist || !mayAct(actor, playlist.ownerId))
    throw new DomainError('playlist_not_found', `There is no playlist ${playlistId}`);
  const { rows } = await sql<EntryRow>`
    select e.position, e.name, e.state, e.video_id, v.status, coalesce(e.fail_reason, v.fail_reason) as fail_reason,
      v.title, v.current_version, v.poster_key, v.storage, v.duration_seconds
    from playlist_entries e left join videos v on v.id = e.video_id and v.deleted_at is null
    where e.playlist_id = ${playlistId}::uuid and e.position > ${after}
      ${state === undefined ? sql`` : sql`and e.state = ${state}`}
    order by e.position limit ${limit + 1}`.execute(read.getKysely());
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    ...summaryOf(playlist),
    counts: await count({ em: read }, playlistId),
    videos: page.map((row) => videoOf(delivery, row)),
    nextCursor: rows.length > limit && last ? writeCursor(last.position) : null,
  };
}

function videoOf(delivery: Needs<'delivery'>['delivery'], row: EntryRow): PlaylistVideo {
  const { position, name, state, video_id: id, status, title, poster_key: poster, storage } = row;
  return {
    position,
    name,
    state,
    videoId: id,
    status,
    failReason: row.fail_reason,
    title,
    streamUrl:
      id && status
        ? streamUrlOf(delivery, { id, status, currentVersion: row.current_version, storage })
        : null,
    posterUrl: poster === null ? null : delivery.playbackUrl(poster, storage),
    durationSeconds: row.duration_seconds === null ? null : Number(row.duration_seconds),
  };
}

async function count({ em }: Needs<'em'>, playlistId: string): Promise<PlaylistCounts> {
  const { rows } = await sql<Record<keyof PlaylistCounts, string>>`
    select count(*) as total, count(*) filter (where e.state = 'PENDING') as pending,
      count(*) filter (where e.state = 'ACCEPTED') as accepted, count(*) filter (where e.state = 'REFUSED') as refused,
      count(*) filter (where e.state = 'IGNORED') as ignored,
      count(*) filter (where v.status = 'READY') as ready, count(*) filter (where v.status = 'FAILED') as failed
    from playlist_entries e left join videos v on v.id = e.video_id and v.deleted_at is null
    where e.playlist_id = ${playlistId}::uuid`.execute(em.getKysely());
  const [row] = rows;
  const number = (name: keyof PlaylistCounts) => Number(row?.[name] ?? 0);
  return {
    total: number('total'),
    pending: number('pending'),
    accepted: number('accepted'),
    refused: number('refused'),
    ignored: number('ignored'),
    ready: number('ready'),
    failed: number('failed'),
  };
}

/** Opaque, so that it can mean something else one day. */
function writeCursor(position: number): string {
  return Buffer.from(`position ${position}`).toString('base64url');
}

function readCursor(cursor: string): number {
  const [, position] = /^position (\d{1,9})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (position === undefined)
    throw new DomainError('invalid_cursor', 'The cursor is not one that a playlist gave out');
  return Number(position);
}
