import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { placeOf } from '../storages.ts';
import { transaction } from '../transaction.ts';
import { lockVideoRow } from '../video/lock-video.ts';
import type { Moved } from './copy-video.ts';
import { type BusyReason, busyReason } from './movable-videos.ts';
import { lockMove, type MoveClaim, MoveLost } from './move-claim.ts';
import { processesWithout } from './running-processes.ts';
import { nameOf } from './video-objects.ts';

/**
 * Lets a video live in the target, whose copy is whole: one transaction, with the video locked, in which nobody is at work
 * on it and everybody can reach both storages. The old copy stays for readers in the middle.
 *
 * @param rowVersion of the video before its objects were listed for the last time
 * @param keepOld never removes the old copy
 * @returns why it was left where it is, null when it was switched
 * Throws MoveLost, DomainError `move_refused`.
 */
export function switchVideo(
  { em, storages, settings, now }: Needs<'em' | 'storages' | 'settings' | 'now'>,
  claim: MoveClaim,
  { moved, rowVersion, keepOld }: { moved: ReadonlyMap<string, Moved>; rowVersion: number; keepOld: boolean },
): Promise<BusyReason | 'changing' | null> {
  return transaction(em, async (tx) => {
    const video = await lockVideoRow(tx, claim.videoId);
    if (!video) return 'deleted';
    await lockMove(tx, claim);
    if (placeOf(storages, video.storage).id !== claim.source)
      throw new MoveLost(`Video ${video.id} lives in ${claim.target} by now`);
    const busy = await busyReason(tx, video.id);
    if (busy) return busy;
    if (video.rowVersion !== rowVersion) return 'changing';
    refuseWhereUnknown(await processesWithout(tx, [claim.source, claim.target]));
    const key = video.sourceFileKey;
    const source = key == null ? undefined : moved.get(nameOf({ bucket: 'sources', key }));
    // One that had changed since it was accepted stays one that has changed.
    const sourceEtag = source?.sourceEtag === video.sourceEtag ? source?.targetEtag : video.sourceEtag;
    const graceSeconds = Math.max(
      settings.versionGraceSeconds,
      ...Object.values(settings.policies).map(({ urlTtlSeconds }) => urlTtlSeconds),
    );
    const removeAt = keepOld ? null : new Date(now().getTime() + graceSeconds * 1000).toISOString();
    const bytes = [...moved.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const db = tx.getKysely();
    // By SQL: for its owner the video has not changed.
    await sql`update videos set storage = ${claim.target}, source_etag = ${sourceEtag ?? null}
      where id = ${video.id}::uuid`.execute(db);
    await sql`update video_moves set state = 'SWITCHED', mover_token = null, lease_until = null, problem = null,
        switched_at = ${now().toISOString()}::timestamptz, remove_at = ${removeAt}::timestamptz,
        objects = ${moved.size}, bytes = ${bytes}
      where video_id = ${video.id}::uuid`.execute(db);
    await sql`delete from moved_objects where video_id = ${video.id}::uuid`.execute(db);
    return null;
  });
}

/** Throws DomainError `move_refused` while a process runs that could not find what is moved. */
export function refuseWhereUnknown(lacking: Awaited<ReturnType<typeof processesWithout>>): void {
  const [first] = lacking;
  if (!first) return;
  const others = lacking.length > 1 ? ` and ${lacking.length - 1} more` : '';
  throw new DomainError(
    'move_refused',
    `The process ${first.name}${others} reaches only ${first.storages.join(' and ')}: give every process both storages (SECOND_STORAGE) first`,
  );
}
