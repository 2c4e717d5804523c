import type { Needs } from '../context.ts';
import { Playlist } from '../playlist/playlist.entity.ts';
import { playlistStates } from '../playlist/playlist-states.ts';
import { isStagedKey, ownerOfSourceKey } from '../storage-keys.ts';
import { UploadSession } from '../upload/upload-session.entity.ts';
import { Video } from '../video/video.entity.ts';

/** What the database says of whom a key of the source bucket belongs to. */
export interface KeyOwner {
  /** False when no row has ever been, or is left, of it: neither session nor video nor playlist. */
  readonly isKnown: boolean;
  /** True while somebody may still write there, or while the purge of a deleted video looks after it. */
  readonly isAtWork: boolean;
  /** True for what a video is made from, or was: an old source goes when its replacement plays, and not before. */
  readonly isSource: boolean;
}

const NOBODY: KeyOwner = { isKnown: false, isAtWork: false, isSource: false };

/** Reads who owns the keys, with one query a table. */
export async function ownersOf(
  { em }: Needs<'em'>,
  keys: readonly string[],
): Promise<(key: string) => KeyOwner> {
  const owners = keys.map(ownerOfSourceKey).filter((owner) => owner !== null);
  const ofSessions = owners.filter((owner) => owner.kind === 'session');
  const ofPlaylists = owners.filter((owner) => owner.kind === 'playlist');
  const read = em.fork();
  const sessions = await byId(
    ofSessions.map(({ sessionId }) => sessionId),
    (id) => read.find(UploadSession, { id }),
  );
  const videos = await byId(
    ofSessions.map(({ videoId }) => videoId),
    (id) => read.find(Video, { id }),
  );
  const playlists = await byId(
    ofPlaylists.map(({ playlistId }) => playlistId),
    (id) => read.find(Playlist, { id }),
  );
  return (key) => {
    const owner = ownerOfSourceKey(key);
    if (!owner) return NOBODY;
    if (owner.kind === 'session')
      return uploadOwner(key, sessions.get(owner.sessionId), videos.get(owner.videoId));
    const playlist = playlists.get(owner.playlistId);
    if (!playlist) return NOBODY;
    return { isKnown: true, isAtWork: !playlistStates.isFinal(playlist.state), isSource: false };
  };
}

function uploadOwner(key: string, session?: UploadSession, video?: Video): KeyOwner {
  if (!video) return NOBODY;
  // What was staged has been copied by the time its session is COMPLETED.
  const wasSource = session?.status === 'COMPLETED' && !isStagedKey(key);
  return {
    isKnown: true,
    isAtWork: video.deletedAt != null || (session?.isLive() ?? false),
    isSource: video.sourceFileKey === key || wasSource,
  };
}

async function byId<T extends { id: string }>(
  ids: readonly string[],
  find: (id: { $in: string[] }) => Promise<T[]>,
): Promise<Map<string, T>> {
  const unique = [...new Set(ids)];
  const rows = unique.length > 0 ? await find({ $in: unique }) : [];
  return new Map(rows.map((row) => [row.id, row]));
}
