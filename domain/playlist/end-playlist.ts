import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import type { Needs } from '../context.ts';
import type { FailReason } from '../fail-reasons.ts';
import { policyNamed } from '../upload/accept-source.ts';
import { dropVideo } from './entry-target.ts';
import { Playlist } from './playlist.entity.ts';
import { PlaylistEntry } from './playlist-entry.entity.ts';

/** When the announcement of a playlist that ended is looked after for the first time. */
const ANNOUNCED_WITHIN_SECONDS = 120;

export interface PlaylistFault {
  readonly reason: FailReason;
  readonly detail: string;
}

/** The playlist's row, locked until the transaction ends. */
export function lockPlaylist(tx: EntityManager, playlistId: string): Promise<Playlist | null> {
  return tx.findOne(Playlist, { id: playlistId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
}

/**
 * Ends a playlist whose row is locked: UNPACKED, or FAILED with what still waited refused for the same reason. In the
 * same transaction its owner is told as soon as every video has ended, and storage is cleaned: now, and once more when
 * the last URL has died.
 */
export async function endPlaylist(
  context: Needs<'enqueue' | 'settings' | 'now'>,
  tx: EntityManager,
  playlist: Playlist,
  fault: PlaylistFault | null,
): Promise<void> {
  const { enqueue, settings, now } = context;
  const { id: playlistId } = playlist;
  if (fault) {
    playlist.moveTo('FAILED', fault.reason);
    playlist.failDetail = fault.detail;
    await refuseWaiting(context, tx, playlistId, fault.reason);
  } else playlist.moveTo('UNPACKED');
  playlist.leaseToken = null;
  playlist.leaseUntil = null;
  playlist.nextCheckAt = new Date(now().getTime() + ANNOUNCED_WITHIN_SECONDS * 1000);
  await tx.flush();
  await enqueueAnnouncement(context, tx, playlistId);
  if (playlist.archiveKey == null) return;
  await enqueue(tx, 'check-playlist', { playlistId });
  const { urlTtlSeconds } = policyNamed(settings.policies, playlist.policy);
  const runAt = new Date(now().getTime() + (urlTtlSeconds + 60) * 1000);
  await enqueue(tx, 'check-playlist', { playlistId }, { runAt });
}

async function refuseWaiting(
  context: Needs<'enqueue' | 'now'>,
  tx: EntityManager,
  playlistId: string,
  failReason: FailReason,
): Promise<void> {
  const begun = await tx.find(PlaylistEntry, { playlistId, state: 'PENDING', videoId: { $ne: null } });
  for (const { id, videoId } of begun) await dropVideo(context, tx, { id, videoId: videoId ?? null });
  await tx.nativeUpdate(PlaylistEntry, { playlistId, state: 'PENDING' }, { state: 'REFUSED', failReason });
}

/** Has the announcement tried: it is made when the last entry has ended. */
export async function enqueueAnnouncement(
  { enqueue }: Needs<'enqueue'>,
  tx: EntityManager,
  playlistId: string,
): Promise<void> {
  await enqueue(tx, 'announce-playlist', { playlistId }, { key: `announce-playlist:${playlistId}` });
}
