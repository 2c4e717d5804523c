import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import type { StoragePlace } from '../storages.ts';
import { transaction } from '../transaction.ts';
import { type CopyRun, copyObject } from './copy-object.ts';
import { allEnded } from './limiter.ts';
import { lockMove, type MoveClaim } from './move-claim.ts';
import { listVideo, type MovedBucket, nameOf, type VideoObject } from './video-objects.ts';

/** An object that stands in the target, verified. */
export interface Moved {
  readonly bucket: MovedBucket;
  readonly key: string;
  readonly sizeBytes: number;
  readonly sourceEtag: string;
  readonly targetEtag: string;
}

/** A video that goes on changing is left for the next pass. */
const ROUNDS_MAX = 5;

/**
 * Copies a video's objects until the target has exactly those of the source: what was copied before is not copied again,
 * what came meanwhile is, what went meanwhile goes. The video still lives in the source.
 *
 * @returns all of its objects by name, or null when it changes faster than it is copied
 * Throws StorageError, CopyCorrupted, MoveLost, the signal's reason.
 */
export async function copyVideo(
  { em }: Needs<'em'>,
  claim: MoveClaim,
  { from, to }: { from: StoragePlace; to: StoragePlace },
  run: CopyRun,
): Promise<Map<string, Moved> | null> {
  const moved = await readMoved(em, claim.videoId);
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const [standing, arrived] = [await listVideo(from, claim.videoId), await listVideo(to, claim.videoId)];
    const missing = [...standing].filter(
      ([name, there]) => !isMoved(moved.get(name), there, arrived.get(name)),
    );
    const strays = [...moved].filter(([name]) => !standing.has(name));
    if (missing.length === 0 && strays.length === 0) return moved;
    await dropStrays(
      { em },
      claim,
      to,
      strays.map(([, each]) => each),
    );
    for (const [name] of strays) moved.delete(name);
    await allEnded(
      missing.map(async ([name, { bucket, object }]) => {
        run.signal.throwIfAborted();
        const targetEtag = await copyObject(from[bucket], to[bucket], object, run);
        const { key, sizeBytes, etag: sourceEtag } = object;
        const copied = { bucket, key, sizeBytes, sourceEtag, targetEtag };
        await remember({ em }, claim.videoId, copied);
        moved.set(name, copied);
      }),
    );
  }
  return null;
}

/** Copied as it stands in the source now, and still standing in the target as it was verified. */
function isMoved(moved: Moved | undefined, standing: VideoObject, arrived: VideoObject | undefined): boolean {
  return (
    moved !== undefined &&
    moved.sourceEtag === standing.object.etag &&
    moved.sizeBytes === standing.object.sizeBytes &&
    arrived?.object.sizeBytes === moved.sizeBytes &&
    arrived.object.etag === moved.targetEtag
  );
}

/** What a mover before this one has copied and verified. */
async function readMoved(em: Needs<'em'>['em'], videoId: string): Promise<Map<string, Moved>> {
  const { rows } = await sql<{
    bucket: MovedBucket;
    key: string;
    size_bytes: string;
    source_etag: string;
    target_etag: string;
  }>`select bucket, key, size_bytes, source_etag, target_etag from moved_objects
     where video_id = ${videoId}::uuid`.execute(em.fork().getKysely());
  return new Map(
    rows.map((row) => [
      nameOf(row),
      {
        bucket: row.bucket,
        key: row.key,
        sizeBytes: Number(row.size_bytes),
        sourceEtag: row.source_etag,
        targetEtag: row.target_etag,
      },
    ]),
  );
}

async function remember({ em }: Needs<'em'>, videoId: string, moved: Moved): Promise<void> {
  const { bucket, key, sizeBytes, sourceEtag, targetEtag } = moved;
  await sql`insert into moved_objects (video_id, bucket, key, size_bytes, source_etag, target_etag)
    values (${videoId}::uuid, ${bucket}, ${key}, ${sizeBytes}, ${sourceEtag}, ${targetEtag})
    on conflict (video_id, bucket, key) do update set size_bytes = excluded.size_bytes,
      source_etag = excluded.source_etag, target_etag = excluded.target_etag`.execute(em.fork().getKysely());
}

/**
 * Removes from the target what was copied and is gone from the source since. While the claim's row is locked, which a
 * switch needs too: a mover that was stopped for hours must not delete what lives there by now.
 */
function dropStrays(
  { em }: Needs<'em'>,
  claim: MoveClaim,
  to: StoragePlace,
  strays: readonly Moved[],
): Promise<void> {
  if (strays.length === 0) return Promise.resolve();
  return transaction(em, async (tx) => {
    await lockMove(tx, claim);
    for (const bucket of ['sources', 'media'] as const) {
      const keys = strays.filter((each) => each.bucket === bucket).map(({ key }) => key);
      await to[bucket].deleteMany(keys);
      await sql`delete from moved_objects where video_id = ${claim.videoId}::uuid and bucket = ${bucket}
        and key = any(${keys}::text[])`.execute(tx.getKysely());
    }
  });
}
