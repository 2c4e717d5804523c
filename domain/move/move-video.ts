import { sql } from 'kysely';
import { isStorageError } from '#providers/storage/storage-errors.ts';
import type { Needs } from '../context.ts';
import type { StoragePlace } from '../storages.ts';
import { CopyCorrupted, type CopyRun, copyObject } from './copy-object.ts';
import { copyVideo } from './copy-video.ts';
import { allEnded } from './limiter.ts';
import { missingObjects } from './missing-objects.ts';
import type { BusyReason } from './movable-videos.ts';
import { claimMove, keepMove, type MoveClaim, MoveLost, releaseMove } from './move-claim.ts';
import { switchVideo } from './switch-video.ts';
import { listVideo } from './video-objects.ts';

/**
 * `moving`: another mover is at it. `changing`: it changed faster than it could be copied. `archived`: its source is.
 * `incomplete`: the source storage does not show what the database names.
 */
export type SkipReason = BusyReason | 'moving' | 'changing' | 'archived' | 'incomplete';

export interface MoveRun extends CopyRun {
  /** Never removes the old copy. */
  readonly keepOld: boolean;
  /** Moves what is there of videos whose source or master playlist is lost. */
  readonly takesIncomplete: boolean;
}

export type VideoOutcome =
  | { readonly moved: { readonly objects: number; readonly bytes: number } }
  | { readonly skipped: SkipReason }
  /** Another mover was faster, or it is gone. */
  | { readonly isThere: true }
  | { readonly failed: string };

const TRIES = 3;

/**
 * Moves one video: copies it whole, then switches it. A failure leaves it where it was, and what was copied is not copied
 * again. Throws DomainError `move_refused`, the signal's reason, errors of the database.
 */
export async function moveVideo(
  context: Needs<'em' | 'storages' | 'settings' | 'log' | 'now'>,
  videoId: string,
  places: { from: StoragePlace; to: StoragePlace },
  run: MoveRun,
): Promise<VideoOutcome> {
  const { em, storages, log } = context;
  const { from, to } = places;
  const claim = await claimMove({ em, storages }, { videoId, source: from.id, target: to.id });
  if (claim === 'elsewhere') return { isThere: true };
  if (claim === 'busy') return { skipped: 'moving' };
  const kept = keepMove(em, claim);
  const held = { ...run, signal: AbortSignal.any([run.signal, kept.lost]) };
  let problem: string | null = null;
  try {
    return await copyAndSwitch(context, claim, places, held);
  } catch (error) {
    run.signal.throwIfAborted();
    if (error instanceof MoveLost || kept.lost.aborted) return { skipped: 'moving' };
    if (!isStorageError(error) && !(error instanceof CopyCorrupted)) throw error;
    problem = error.message;
    if (isStorageError(error, 'object_archived')) return { skipped: 'archived' };
    log.warn({ err: error, videoId, from: from.id, to: to.id }, 'video could not be moved');
    return { failed: problem };
  } finally {
    kept.stop();
    await releaseMove(em, claim, problem).catch(() => undefined);
  }
}

async function copyAndSwitch(
  context: Needs<'em' | 'storages' | 'settings' | 'log' | 'now'>,
  claim: MoveClaim,
  places: { from: StoragePlace; to: StoragePlace },
  run: MoveRun,
): Promise<VideoOutcome> {
  const { videoId } = claim;
  for (let tried = 1; ; tried += 1) {
    const { rows } = await sql<{ row_version: number }>`
      select row_version from videos where id = ${videoId}::uuid`.execute(context.em.fork().getKysely());
    const rowVersion = rows[0]?.row_version;
    if (rowVersion === undefined) return { skipped: 'deleted' };
    const moved = await copyVideo(context, claim, places, run);
    if (!moved) return { skipped: 'changing' };
    const missing = await missingObjects(context, { videoId, rowVersion }, moved, places.to);
    if (missing.length > 0) context.log.warn({ videoId, from: claim.source, missing }, 'objects are missing');
    if (missing.length > 0 && !run.takesIncomplete) return { skipped: 'incomplete' };
    const refused = await switchVideo(context, claim, { moved, rowVersion, keepOld: run.keepOld });
    if (refused === 'changing' && tried < TRIES) continue;
    if (refused) return { skipped: refused };
    await copyLate(videoId, places, run);
    const bytes = [...moved.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    context.log.info({ videoId, to: claim.target, objects: moved.size, bytes }, 'video moved');
    return { moved: { objects: moved.size, bytes } };
  }
}

/**
 * Takes along what came to the source after it was listed for the last time, from somebody who had asked before the switch
 * where to write. The video lives in the target: what stands there is left alone.
 */
export async function copyLate(
  videoId: string,
  { from, to }: { from: StoragePlace; to: StoragePlace },
  run: CopyRun,
): Promise<void> {
  const arrived = await listVideo(to, videoId);
  const late = [...(await listVideo(from, videoId))].filter(([name]) => !arrived.has(name));
  await allEnded(late.map(([, { bucket, object }]) => copyObject(from[bucket], to[bucket], object, run)));
}
