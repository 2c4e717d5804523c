import type { OpenArchive } from '#providers/archive/archive-reader.ts';
import { isStorageError } from '#providers/storage/storage-errors.ts';
import type { Needs } from '../context.ts';
import type { FailReason } from '../fail-reasons.ts';
import { transaction } from '../transaction.ts';
import { LeaseLost } from '../transcode/fence.ts';
import { policyNamed } from '../upload/accept-source.ts';
import { archiveSource } from './archive-source.ts';
import { endPlaylist, lockPlaylist, type PlaylistFault } from './end-playlist.ts';
import { enqueueUnpack } from './enqueue-unpack.ts';
import { judgeEntry, reasonForNothing, unpackedTotal } from './judge-entries.ts';
import { Playlist } from './playlist.entity.ts';
import { PlaylistEntry } from './playlist-entry.entity.ts';
import {
  claimPlaylist,
  fencePlaylist,
  holdPlaylist,
  type PlaylistLease,
  releasePlaylist,
  secondsUntilFree,
} from './playlist-lease.ts';
import { archiveErrorCode, takeEntry } from './take-entry.ts';
import { hasEntries, writeEntries } from './write-entries.ts';

type Context = Needs<
  'em' | 'actor' | 'storage' | 'archives' | 'enqueue' | 'settings' | 'metrics' | 'log' | 'now'
>;

/** After this long the job makes room for others and queues itself again; the entry in hand is taken to its end. */
const SLICE_MS = 30_000;

/** Storage is far away: small entries are taken side by side, as far as their bytes fit memory together. */
const ENTRIES_AT_ONCE = 4;
const BYTES_AT_ONCE = 8 * 1024 ** 2;

/** What one worker does with an archive until it is done, told to stop, or its time is up. */
interface Work {
  readonly lease: PlaylistLease;
  readonly playlist: Playlist;
  readonly signal: AbortSignal;
}

/**
 * Makes one video of each entry of an archive, in their order, and ends the playlist. All entries are written down
 * first, so a worker that follows one that was killed finds what is left; what the other had in hand is taken up where
 * it was. Repeatable, by several at once: one of them has the lease.
 *
 * Throws what is worth another try.
 */
export async function unpackArchive(
  context: Context,
  { playlistId }: { playlistId: string },
  stopping: AbortSignal,
): Promise<void> {
  const lease = await claimPlaylist(context, playlistId);
  if (!lease) return comeBack(context, playlistId);
  const held = holdPlaylist(context, lease);
  const signal = AbortSignal.any([stopping, held.lost]);
  try {
    const playlist = await context.em.fork().findOneOrFail(Playlist, { id: playlistId });
    const isDone = await unpack(context, { lease, playlist, signal });
    if (!isDone) await handOver(context, lease);
  } catch (error) {
    if (error instanceof LeaseLost || held.lost.aborted)
      return context.log.warn({ err: error, playlistId }, 'archive is unpacked by somebody else');
    // A worker that is told to go has not failed (R7).
    if (stopping.aborted) return handOver(context, lease);
    const fault = faultOf(error);
    if (fault) return end(context, lease, fault);
    await transaction(context.em, (tx) => releasePlaylist(tx, lease));
    throw error;
  } finally {
    held.stop();
  }
}

/** The holder may be dead: somebody has to look when its lease is over. */
async function comeBack(context: Context, playlistId: string): Promise<void> {
  const seconds = await secondsUntilFree(context, playlistId);
  if (seconds === null) return;
  const runAt = new Date(context.now().getTime() + (seconds + 1) * 1000);
  await transaction(context.em, (tx) => enqueueUnpack(context, tx, { playlistId, runAt }));
}

function handOver(context: Context, lease: PlaylistLease): Promise<void> {
  return transaction(context.em, async (tx) => {
    await releasePlaylist(tx, lease);
    await enqueueUnpack(context, tx, lease);
  });
}

/** @returns false when there is more to do than fits one job */
async function unpack(context: Context, work: Work): Promise<boolean> {
  const { storage, archives, settings } = context;
  const { lease, playlist, signal } = work;
  const stored = {
    key: playlist.archiveKey ?? '',
    etag: playlist.archiveEtag ?? '',
    sizeBytes: playlist.archiveSizeBytes ?? 0,
  };
  const archive = await archives.open(archiveSource(storage.sources, stored, signal), settings.archives);
  if (!(await hasEntries(context, playlist.id))) {
    const fault = await writeDown(context, work, archive);
    if (fault) {
      await end(context, lease, fault);
      return true;
    }
  }
  const until = performance.now() + SLICE_MS;
  for (;;) {
    signal.throwIfAborted();
    const waiting = await nextEntries(context, playlist.id, archive);
    if (waiting.length === 0) break;
    if (performance.now() > until) return false;
    const taken = waiting.map((entry) => takeEntry(context, { ...work, archive }, entry));
    // All of them to their end: nothing may go on when the archive is given back.
    const failed = (await Promise.allSettled(taken)).find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
  }
  await end(context, lease, await faultOfNothing(context, playlist.id));
  return true;
}

/** What is taken at once: the next entry, and those behind it while they are small. */
async function nextEntries({ em }: Context, playlistId: string, archive: OpenArchive) {
  const found = await em
    .fork()
    .find(
      PlaylistEntry,
      { playlistId, state: 'PENDING' },
      { orderBy: { position: 'asc' }, limit: ENTRIES_AT_ONCE },
    );
  const entries = found.map(({ id, name, position, videoId }) => {
    const record = archive.entries[position];
    if (!record) throw new Error(`Archive ${playlistId} has no entry ${position} any more`);
    return { id, name, record, sizeBytes: record.unpackedBytes, videoId: videoId ?? null };
  });
  let bytes = 0;
  return entries.filter(({ sizeBytes }, n) => {
    bytes += sizeBytes;
    return n === 0 || bytes <= BYTES_AT_ONCE;
  });
}

/** Judges the whole by its directory, then each entry. */
async function writeDown(
  context: Context,
  { lease, playlist }: Work,
  archive: OpenArchive,
): Promise<PlaylistFault | null> {
  const { archives: limits, policies } = context.settings;
  const policy = policyNamed(policies, playlist.policy);
  const total = unpackedTotal(archive.entries);
  if (total > limits.maxUnpackedBytes)
    return {
      reason: 'ARCHIVE_BOMB',
      detail: `It would unpack to ${total} bytes; at most ${limits.maxUnpackedBytes} are taken`,
    };
  const judged = archive.entries.map((record) => ({ record, judgement: judgeEntry(record, policy, limits) }));
  await writeEntries(context, lease, judged);
  return null;
}

/** An archive of which nothing could be taken is FAILED; null when something was. */
async function faultOfNothing({ em }: Context, playlistId: string): Promise<PlaylistFault | null> {
  const read = em.fork();
  if ((await read.count(PlaylistEntry, { playlistId, state: 'ACCEPTED' })) > 0) return null;
  const refused = await read.find(PlaylistEntry, { playlistId, state: 'REFUSED' });
  const reasons = refused.flatMap(({ failReason }) => failReason ?? []);
  return { reason: reasonForNothing(reasons), detail: 'It holds no video that could be taken' };
}

function end(context: Context, lease: PlaylistLease, fault: PlaylistFault | null): Promise<void> {
  const { playlistId } = lease;
  context.log.info({ playlistId, ...fault }, fault ? 'archive failed' : 'archive unpacked');
  if (fault) context.metrics.uploadFailed(fault.reason);
  return transaction(context.em, async (tx) => {
    await fencePlaylist(tx, lease);
    const playlist = await lockPlaylist(tx, playlistId);
    if (playlist) await endPlaylist(context, tx, playlist, fault);
  });
}

const WHOLE_ARCHIVE: Readonly<Record<string, FailReason>> = {
  damaged: 'ARCHIVE_DAMAGED',
  overlapping: 'ARCHIVE_BOMB',
  too_many_entries: 'ARCHIVE_TOO_MANY_ENTRIES',
};

/** What no other try would mend; null for the rest. */
function faultOf(error: unknown): PlaylistFault | null {
  const detail = error instanceof Error ? error.message : String(error);
  const reason = WHOLE_ARCHIVE[archiveErrorCode(error) ?? ''];
  if (reason) return { reason, detail };
  if (isStorageError(error, 'object_changed'))
    return { reason: 'SOURCE_CHANGED', detail: 'Other bytes appeared in the place of the archive' };
  if (isStorageError(error, 'object_not_found'))
    return { reason: 'SOURCE_MISSING', detail: 'The archive is no longer in storage' };
  return null;
}
