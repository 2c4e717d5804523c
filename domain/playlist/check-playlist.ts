import type { StoredObject } from '#providers/storage/object-store.ts';
import { isStorageError } from '#providers/storage/storage-errors.ts';
import type { Needs } from '../context.ts';
import type { FailReason } from '../fail-reasons.ts';
import { orPutOff } from '../operations/put-off-jobs.ts';
import { whileNotPaused } from '../operations/remove-sources.ts';
import { transaction } from '../transaction.ts';
import { policyNamed } from '../upload/accept-source.ts';
import { nextCheckOf } from '../upload/next-check.ts';
import { endPlaylist, lockPlaylist } from './end-playlist.ts';
import { enqueueUnpack } from './enqueue-unpack.ts';
import { Playlist } from './playlist.entity.ts';
import { playlistStates } from './playlist-states.ts';

type Context = Needs<'em' | 'storage' | 'enqueue' | 'settings' | 'metrics' | 'now'>;

/**
 * Looks for an archive in storage, because storage said so or because it is time. One that is there is pinned by its ETag
 * and unpacked; one that comes too late, or lies there after its playlist has ended, is removed. Repeatable.
 */
export async function checkPlaylist(context: Context, { playlistId }: { playlistId: string }): Promise<void> {
  const { em, storage, now } = context;
  const playlist = await em.fork().findOne(Playlist, { id: playlistId });
  if (!playlist || playlist.archiveKey == null) return;
  if (playlistStates.isFinal(playlist.state)) return removeArchive(context, playlist.archiveKey, playlistId);
  if (playlist.state !== 'UPLOADING') return;
  const archive = await storage.sources.head(playlist.archiveKey).catch((error: unknown) => {
    if (isStorageError(error, 'object_not_found')) return null;
    throw error;
  });
  if (archive) return settle(context, playlist, archive);
  if (playlist.expiresAt > now()) return askAgainLater(context, playlist);
  await settle(context, playlist, null);
}

/** While the pipeline is paused it stays: videos that failed may be unpacked from it once more. */
function removeArchive(context: Context, archiveKey: string, playlistId: string): Promise<void> {
  const job = {
    task: 'check-playlist',
    payload: { playlistId },
    key: `remove-archive:${playlistId}`,
  } as const;
  return orPutOff(context, job, () =>
    whileNotPaused(context, () => context.storage.sources.deleteMany([archiveKey])),
  );
}

/** One transaction: UPLOADED and its unpacking queued, or FAILED. */
async function settle(
  context: Context,
  { id, policy }: Playlist,
  archive: StoredObject | null,
): Promise<void> {
  const { em, settings, metrics } = context;
  const { maxSizeBytes } = policyNamed(settings.policies, policy);
  const fault = faultOf(archive, maxSizeBytes);
  const settled = await transaction(em, async (tx) => {
    const playlist = await lockPlaylist(tx, id);
    if (playlist?.state !== 'UPLOADING') return false;
    playlist.archiveEtag = archive?.etag ?? null;
    playlist.archiveSizeBytes = archive?.sizeBytes ?? null;
    playlist.nextCheckAt = null;
    if (fault) await endPlaylist(context, tx, playlist, fault);
    else {
      playlist.moveTo('UPLOADED');
      await tx.flush();
      await enqueueUnpack(context, tx, { playlistId: id });
    }
    return true;
  });
  if (!settled) return;
  if (fault) metrics.uploadFailed(fault.reason);
  else metrics.uploadCompleted();
}

function faultOf(
  archive: StoredObject | null,
  maxSizeBytes: number,
): { reason: FailReason; detail: string } | null {
  if (!archive) return { reason: 'UPLOAD_EXPIRED', detail: 'The archive did not arrive in time' };
  if (archive.sizeBytes === 0) return { reason: 'SOURCE_EMPTY', detail: 'The archive has no bytes' };
  if (archive.sizeBytes > maxSizeBytes)
    return {
      reason: 'UPLOAD_TOO_LARGE',
      detail: `The archive has ${archive.sizeBytes} bytes; at most ${maxSizeBytes} are taken`,
    };
  return null;
}

async function askAgainLater(context: Context, playlist: Playlist): Promise<void> {
  const signedAt = playlist.expiresAt.getTime() - context.settings.sessionTtlSeconds * 1000;
  const nextCheckAt = nextCheckOf(new Date(signedAt), context.now());
  await context.em.fork().nativeUpdate(Playlist, { id: playlist.id, state: 'UPLOADING' }, { nextCheckAt });
}
