import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import type { FailReason } from '../fail-reasons.ts';
import { recordMessage } from '../notifications/record-message.ts';
import { transaction } from '../transaction.ts';
import { streamUrlOf } from '../video/present-video.ts';
import type { VideoStatus } from '../video/video-states.ts';
import { lockPlaylist } from './end-playlist.ts';
import type { Playlist } from './playlist.entity.ts';
import type { PlaylistEntryState } from './playlist-entry.entity.ts';
import { playlistStates } from './playlist-states.ts';

type Context = Needs<'em' | 'delivery' | 'enqueue' | 'settings' | 'now'>;

/** One entry as receivers are told of it: the words of the ingest contract, and no others. */
export interface EndedEntry {
  /** Null for an entry that never became a video. */
  readonly id: string | null;
  readonly title: string;
  readonly status: 'READY' | 'FAILED';
  readonly streamUrl: string | null;
  readonly durationSeconds: number | null;
  readonly failReason: FailReason | null;
}

interface EntryRow {
  readonly state: PlaylistEntryState;
  readonly name: string;
  readonly entry_reason: FailReason | null;
  readonly id: string | null;
  readonly title: string | null;
  readonly status: VideoStatus | null;
  readonly version: string | null;
  readonly storage: string | null;
  readonly duration_seconds: string | null;
  readonly video_reason: FailReason | null;
}

/**
 * Tells of a playlist, once, when every entry has ended: its video is READY or FAILED, or it was refused. Too early it does
 * nothing, and is called again when the next video ends. Of two at once the second waits for the row and finds it told.
 */
export function announcePlaylist(context: Context, { playlistId }: { playlistId: string }): Promise<void> {
  const { em, now } = context;
  return transaction(em, async (tx) => {
    const playlist = await lockPlaylist(tx, playlistId);
    if (!playlist || playlist.announcedAt || !playlistStates.isFinal(playlist.state)) return;
    const rows = await readEntries(tx, playlistId);
    if (!rows.every(hasEnded)) return;
    playlist.announcedAt = now();
    playlist.nextCheckAt = null;
    await tx.flush();
    await recordMessage(context, tx, {
      ownerId: playlist.ownerId,
      type: 'playlist.ended',
      dedupeKey: `playlist.ended:${playlistId}`,
      videoId: null,
      data: {
        playlistId,
        title: playlist.title,
        videos: rows.length === 0 ? ofArchive(playlist) : rows.flatMap((row) => ofEntry(context, row)),
      },
    });
  });
}

/** In their order. A deleted video has none of its columns. */
async function readEntries(tx: EntityManager, playlistId: string): Promise<EntryRow[]> {
  const { rows } = await sql<EntryRow>`
    select e.state, e.name, e.fail_reason as entry_reason, v.id, v.title, v.status, v.current_version as version,
      v.storage, v.duration_seconds, v.fail_reason as video_reason
    from playlist_entries e left join videos v on v.id = e.video_id and v.deleted_at is null
    where e.playlist_id = ${playlistId}::uuid and e.state <> 'IGNORED'
    order by e.position`.execute(tx.getKysely());
  return rows;
}

function hasEnded({ state, status }: EntryRow): boolean {
  return (
    state === 'REFUSED' || (state === 'ACCEPTED' && (!status || status === 'READY' || status === 'FAILED'))
  );
}

/** Nothing for a video that its owner has deleted. */
function ofEntry({ delivery }: Context, row: EntryRow): EndedEntry[] {
  const { state, id, title, status, name } = row;
  if (state === 'REFUSED') return [failed(name, row.entry_reason)];
  if (id === null || title === null || (status !== 'READY' && status !== 'FAILED')) return [];
  return [
    {
      id,
      title,
      status,
      streamUrl: streamUrlOf(delivery, { id, status, currentVersion: row.version, storage: row.storage }),
      durationSeconds: row.duration_seconds === null ? null : Number(row.duration_seconds),
      failReason: row.video_reason,
    },
  ];
}

/** An archive of which nothing is known but that it failed stands for its entries. */
function ofArchive({ fileName, failReason }: Playlist): EndedEntry[] {
  return [failed(fileName, failReason ?? null)];
}

function failed(title: string, failReason: FailReason | null): EndedEntry {
  return { id: null, title, status: 'FAILED', streamUrl: null, durationSeconds: null, failReason };
}
