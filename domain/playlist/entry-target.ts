import type { EntityManager } from '@mikro-orm/postgresql';
import type { Needs } from '../context.ts';
import { newId } from '../identifiers.ts';
import { sourceKey } from '../storage-keys.ts';
import { transaction } from '../transaction.ts';
import { acceptSource, policyNamed } from '../upload/accept-source.ts';
import { partSizeFor } from '../upload/part-plan.ts';
import { UploadSession } from '../upload/upload-session.entity.ts';
import { LIVE_SESSION_STATES } from '../upload/upload-session-states.ts';
import { lockVideoRow } from '../video/lock-video.ts';
import { Video } from '../video/video.entity.ts';
import { titleOf } from './entry-names.ts';
import type { Playlist } from './playlist.entity.ts';
import { PlaylistEntry } from './playlist-entry.entity.ts';
import { fencePlaylist, type PlaylistLease } from './playlist-lease.ts';

type Context = Needs<'em' | 'storage' | 'enqueue' | 'settings' | 'now'>;

/** An entry that waits, with the number of bytes that its record declares. */
export interface WaitingEntry {
  readonly id: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly videoId: string | null;
}

/**
 * Where an entry's bytes go: its video and that video's session. What a worker before us has begun is taken up: the bytes
 * are the same, so the same session takes them again, part for part, and two workers at once do each other no harm.
 *
 * @returns null when the entry has what it needs already, or its owner wants it no more
 */
export async function targetOf(
  context: Context,
  lease: PlaylistLease,
  playlist: Playlist,
  entry: WaitingEntry,
): Promise<UploadSession | null> {
  if (entry.videoId !== null) {
    const begun = await lookUp(context, entry.videoId);
    if (begun !== 'unusable') return begun;
    await transaction(context.em, async (tx) => {
      await fencePlaylist(tx, lease);
      await dropVideo(context, tx, entry);
    });
  }
  return createTarget(context, lease, playlist, entry);
}

/** `unusable`: nothing will come of it any more, and nobody wished so. */
async function lookUp({ em, now }: Context, videoId: string): Promise<UploadSession | null | 'unusable'> {
  const read = em.fork();
  const video = await read.findOne(Video, { id: videoId, deletedAt: null });
  if (!video) return null;
  const [session] = await read.find(UploadSession, { videoId }, { orderBy: { id: 'desc' }, limit: 1 });
  if (!session) return 'unusable';
  // Whoever holds the claim ends it, or whoever finds it expired (R10).
  if (session.isLive()) return session.isCompleting(now()) ? null : session;
  return session.status === 'FAILED' ? 'unusable' : null;
}

/** A video in UPLOADING with a session of known size; the entry remembers it in the same transaction. */
async function createTarget(
  context: Context,
  lease: PlaylistLease,
  playlist: Playlist,
  entry: WaitingEntry,
): Promise<UploadSession> {
  const { em, storage, settings, now } = context;
  const { name, sizeBytes } = entry;
  const policy = policyNamed(settings.policies, playlist.policy);
  const source = acceptSource(policy, { mimeType: '', sizeBytes, fileName: name });
  const [id, videoId] = [newId(), newId()];
  const fileKey = sourceKey(videoId, id, source.extension);
  const providerUploadId = await storage.sources.createMultipart(fileKey, { contentType: source.mimeType });
  try {
    return await transaction(em, async (tx) => {
      await fencePlaylist(tx, lease);
      const video = tx.create(Video, {
        id: videoId,
        ownerId: playlist.ownerId,
        title: titleOf(name),
        sourceMime: source.mimeType,
        sourceSizeBytes: sizeBytes,
        metadata: { playlistId: playlist.id, path: name },
        policy: playlist.policy,
        createdVia: 'admin',
      });
      await tx.flush();
      video.moveTo('UPLOADING');
      await tx.flush();
      await tx.nativeUpdate(PlaylistEntry, { id: entry.id }, { videoId });
      return tx.create(UploadSession, {
        id,
        videoId,
        fileKey,
        providerUploadId,
        sizeBytes,
        mime: source.mimeType,
        partSizeBytes: partSizeFor(sizeBytes),
        policy: playlist.policy,
        fileName: name,
        // As long as anybody may try: no client is waited for.
        expiresAt: new Date(now().getTime() + settings.sessionMaxSeconds * 1000),
      });
    });
  } catch (error) {
    await storage.sources.abortMultipart(fileKey, providerUploadId);
    throw error;
  }
}

/**
 * Takes back a video that never had a source: gone for its owner without a word, its storage emptied by a job. The entry
 * forgets it in the same transaction.
 */
export async function dropVideo(
  { enqueue, now }: Needs<'enqueue' | 'now'>,
  tx: EntityManager,
  entry: { id: string; videoId: string | null },
): Promise<void> {
  const { videoId } = entry;
  if (videoId === null) return;
  const video = await lockVideoRow(tx, videoId);
  if (video && !video.deletedAt) {
    video.deletedAt = now();
    const sessions = await tx.find(UploadSession, { videoId, status: { $in: [...LIVE_SESSION_STATES] } });
    for (const session of sessions) session.moveTo('CANCELED');
    await enqueue(tx, 'purge-video', { videoId }, { key: `purge:${videoId}` });
    await tx.flush();
  }
  await tx.nativeUpdate(PlaylistEntry, { id: entry.id }, { videoId: null });
}
