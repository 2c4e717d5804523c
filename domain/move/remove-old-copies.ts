import { sql } from 'kysely';
import { isStorageError } from '#providers/storage/storage-errors.ts';
import type { Needs } from '../context.ts';
import { deletePrefix } from '../delete-prefix.ts';
import { DomainError } from '../errors.ts';
import { PipelinePaused, whileNotPaused } from '../operations/remove-sources.ts';
import { mediaPrefix, sourcePrefix, stagingPrefix } from '../storage-keys.ts';
import { placeOf, type StoragePlace } from '../storages.ts';
import { CopyCorrupted, type CopyRun } from './copy-object.ts';
import { limiter } from './limiter.ts';
import { copyLate } from './move-video.ts';
import { forgetLastStorage, retireStorages } from './retire-storages.ts';
import { refuseSameBucket } from './same-bucket.ts';

type Context = Needs<'em' | 'storages' | 'log' | 'now'>;

const VIDEOS_PER_ROUND = 500;
/** Longer than the listings and deletions of any one video take. */
const LEASE_SECONDS = 900;
const TRANSFERS = 2;

interface OldCopy {
  readonly video_id: string;
  readonly source: string;
  readonly target: string;
  readonly storage: string | null;
  /** Its video is gone for good. */
  readonly is_orphan: boolean;
}

/**
 * Removes, from the storage that videos were moved away from, the copies whose grace is over, and what was being copied of
 * videos that are gone by now. What came there after the switch is taken along first. Nothing while the pipeline is
 * paused. Repeatable, safe by several at once.
 *
 * @returns of how many videos
 */
export async function removeOldCopies(context: Context): Promise<number> {
  const { em, storages, log, now } = context;
  if (!storages.second) {
    await forgetLastStorage(context);
    return 0;
  }
  const { rows } = await sql<OldCopy>`
    select m.video_id, m.source, m.target, v.storage, v.id is null as is_orphan
    from video_moves m left join videos v on v.id = m.video_id
    where (v.id is null and coalesce(m.lease_until < now(), true))
      or (v.deleted_at is null and ((m.state = 'SWITCHED' and m.remove_at <= ${now().toISOString()}::timestamptz)
        or (m.state = 'REMOVING' and m.lease_until < now())))
    order by m.remove_at limit ${VIDEOS_PER_ROUND}`.execute(em.fork().getKysely());
  if (rows.some((row) => !row.is_orphan) && !(await areTwo(context))) return 0;
  let removed = 0;
  for (const row of rows)
    try {
      if (await removeOldCopy(context, row)) removed += 1;
    } catch (error) {
      if (error instanceof PipelinePaused) break;
      if (!isStorageError(error) && !(error instanceof CopyCorrupted)) throw error;
      log.warn({ err: error, videoId: row.video_id }, 'an old copy could not be removed');
    }
  if (rows.length < VIDEOS_PER_ROUND) await retireStorages(context);
  return removed;
}

/** Whoever has one bucket in both by mistake would lose with the old copies what its videos live from. */
async function areTwo({ storages: { own, second }, log }: Context): Promise<boolean> {
  try {
    if (second) await refuseSameBucket({ from: own, to: second });
    return true;
  } catch (error) {
    if (!isStorageError(error) && !(error instanceof DomainError)) throw error;
    log.error({ err: error }, 'old copies are kept');
    return false;
  }
}

async function removeOldCopy(context: Context, row: OldCopy): Promise<boolean> {
  const { em, storages, now } = context;
  const places = [storages.own, storages.second];
  const from = places.find((place) => place?.id === row.source);
  const to = places.find((place) => place?.id === row.target);
  // Those of another pair of storages wait for a process that knows them.
  if (!from || !to) return false;
  const db = em.fork().getKysely();
  if (row.is_orphan) {
    for (const place of [from, to]) await empty(context, place, row.video_id);
    await sql`delete from video_moves where video_id = ${row.video_id}::uuid`.execute(db);
    await sql`delete from moved_objects where video_id = ${row.video_id}::uuid`.execute(db);
    return true;
  }
  if (placeOf(storages, row.storage) !== to) return false;
  // From here on no mover takes the video back to where it is being removed.
  const { numAffectedRows } = await sql`
    update video_moves set state = 'REMOVING', lease_until = now() + make_interval(secs => ${LEASE_SECONDS})
    where video_id = ${row.video_id}::uuid and source = ${row.source}
      and ((state = 'SWITCHED' and remove_at <= ${now().toISOString()}::timestamptz)
        or (state = 'REMOVING' and lease_until < now()))`.execute(db);
  if (numAffectedRows === 0n) return false;
  try {
    await copyLate(row.video_id, { from, to }, lateRun());
    await empty(context, from, row.video_id);
  } catch (error) {
    await sql`update video_moves set lease_until = now() where video_id = ${row.video_id}::uuid
      and state = 'REMOVING'`.execute(db);
    throw error;
  }
  await sql`delete from video_moves where video_id = ${row.video_id}::uuid and state = 'REMOVING'`.execute(
    db,
  );
  return true;
}

function lateRun(): CopyRun {
  return {
    transfers: limiter(TRANSFERS),
    verify: 'etag',
    signal: new AbortController().signal,
    onBytes: () => undefined,
  };
}

/** Everything of a video in one storage. Throws PipelinePaused. */
async function empty(context: Context, place: StoragePlace, videoId: string): Promise<void> {
  const unlessPaused = (store: StoragePlace['sources']) => ({
    list: (prefix: string) => store.list(prefix),
    deleteMany: (keys: readonly string[]) => whileNotPaused(context, () => store.deleteMany(keys)),
  });
  await deletePrefix(unlessPaused(place.sources), sourcePrefix(videoId));
  await deletePrefix(unlessPaused(place.sources), stagingPrefix(videoId));
  await deletePrefix(unlessPaused(place.media), mediaPrefix(videoId));
}
