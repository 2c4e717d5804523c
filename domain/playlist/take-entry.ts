import type { ArchiveEntry, ArchiveErrorCode, OpenArchive } from '#providers/archive/archive-reader.ts';
import type { StoredPart } from '#providers/storage/object-store.ts';
import { isStorageError } from '#providers/storage/storage-errors.ts';
import type { Needs } from '../context.ts';
import { isDomainError } from '../errors.ts';
import type { FailReason } from '../fail-reasons.ts';
import { transaction } from '../transaction.ts';
import { policyNamed } from '../upload/accept-source.ts';
import { completeUpload } from '../upload/complete-upload.ts';
import { BrokenStream, readParts } from '../upload/read-parts.ts';
import type { UploadSession } from '../upload/upload-session.entity.ts';
import { dropVideo, targetOf, type WaitingEntry } from './entry-target.ts';
import { refusalByPolicy } from './judge-entries.ts';
import type { Playlist } from './playlist.entity.ts';
import { PlaylistEntry } from './playlist-entry.entity.ts';
import { fencePlaylist, type PlaylistLease } from './playlist-lease.ts';

type Context = Needs<'em' | 'actor' | 'storage' | 'enqueue' | 'settings' | 'metrics' | 'log' | 'now'>;

const REASONS: Readonly<Record<ArchiveErrorCode, FailReason>> = {
  damaged: 'ARCHIVE_ENTRY_DAMAGED',
  oversized: 'ARCHIVE_BOMB',
  overlapping: 'ARCHIVE_BOMB',
  too_many_entries: 'ARCHIVE_TOO_MANY_ENTRIES',
};

/** The code of an ArchiveError. Its class is the port's, of which the domain sees types only. */
export function archiveErrorCode(error: unknown): ArchiveErrorCode | null {
  if (!(error instanceof Error) || error.name !== 'ArchiveError') return null;
  return (error as Error & { code: ArchiveErrorCode }).code;
}

/**
 * Makes a video of one entry: streams it into storage and completes it as any upload; from there on the video goes its
 * own way. An entry that is at fault is REFUSED and leaves no video.
 *
 * Throws what is worth another try (StorageError), StorageError `object_changed` for an archive that was swapped, LeaseLost.
 */
export async function takeEntry(
  context: Context,
  work: { lease: PlaylistLease; playlist: Playlist; archive: OpenArchive; signal: AbortSignal },
  entry: WaitingEntry & { record: ArchiveEntry },
): Promise<void> {
  const { lease, playlist, archive, signal } = work;
  let session: UploadSession | null;
  try {
    session = await targetOf(context, lease, playlist, entry);
  } catch (error) {
    // Judged good when it was written down: the policy is another one since.
    const policy = policyNamed(context.settings.policies, playlist.policy);
    const reason = isDomainError(error) ? refusalByPolicy(entry.record, policy) : null;
    if (reason === null) throw error;
    return refuse(context, lease, entry, reason);
  }
  if (session) {
    try {
      const parts = await storeParts(context, session, await archive.open(entry.record), signal);
      await completeUpload(context, { sessionId: session.id, parts });
    } catch (error) {
      const fault = archiveErrorCode(error);
      if (fault) return refuse(context, lease, { ...entry, videoId: session.videoId }, REASONS[fault]);
      const isForgotten = isStorageError(error, 'multipart_not_found');
      if (!isForgotten && !isDomainError(error)) throw error;
      // Joined already by a worker that is gone, else dropped by storage; then the session ends here.
      if (isForgotten) await completeIfWhole(context, session.id);
      // Null as well when its owner deleted it or ended its upload meanwhile.
      if (await targetOf(context, lease, playlist, { ...entry, videoId: session.videoId })) throw error;
    }
  }
  await transaction(context.em, async (tx) => {
    await fencePlaylist(tx, lease);
    await tx.nativeUpdate(PlaylistEntry, { id: entry.id, state: 'PENDING' }, { state: 'ACCEPTED' });
  });
}

/** Part after part; those that stand there from another worker's try are written over with the same bytes. */
async function storeParts(
  { storage }: Context,
  session: UploadSession,
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<StoredPart[]> {
  const { fileKey, providerUploadId, partSizeBytes } = session;
  const stored: StoredPart[] = [];
  try {
    for await (const part of readParts(body, partSizeBytes, signal))
      stored.push(
        await storage.sources.putPart(fileKey, providerUploadId, stored.length + 1, part, { signal }),
      );
  } catch (error) {
    throw error instanceof BrokenStream ? error.cause : error;
  }
  return stored;
}

async function completeIfWhole(context: Context, sessionId: string): Promise<void> {
  await completeUpload(context, { sessionId }).catch((error: unknown) => {
    if (!isDomainError(error)) throw error;
  });
}

async function refuse(
  context: Context,
  lease: PlaylistLease,
  entry: WaitingEntry,
  failReason: FailReason,
): Promise<void> {
  context.log.info({ playlistId: lease.playlistId, entryId: entry.id, failReason }, 'entry refused');
  await transaction(context.em, async (tx) => {
    await fencePlaylist(tx, lease);
    await dropVideo(context, tx, entry);
    await tx.nativeUpdate(PlaylistEntry, { id: entry.id }, { state: 'REFUSED', failReason });
  });
}
