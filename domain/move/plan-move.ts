import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import { limiter } from './limiter.ts';
import { videosIn } from './movable-videos.ts';
import { placesOf } from './move-library.ts';
import type { SkipReason } from './move-video.ts';
import { listVideo, type MovedBucket, nameOf } from './video-objects.ts';

const LISTINGS_AT_ONCE = 8;

/** What a move would do now, as the source storage lists it. */
export interface MovePlan {
  readonly from: string;
  readonly to: string;
  /** Of the videos that would be moved. */
  readonly videos: number;
  readonly objects: number;
  readonly bytes: number;
  /** Of these, what an earlier run has copied already: it leaves the source no second time. */
  readonly copied: { readonly objects: number; readonly bytes: number };
  readonly skipped: readonly { readonly videoId: string; readonly reason: SkipReason }[];
}

/**
 * Counts what `moveLibrary` would move, without changing anything. Throws DomainError `move_refused` where there is only
 * one storage, StorageError.
 */
export async function planMove(
  { em, storages }: Needs<'em' | 'storages'>,
  { to, onVideo }: { to: string; onVideo?: (seen: number) => void },
): Promise<MovePlan> {
  const places = placesOf(storages, to);
  const sums = { videos: 0, objects: 0, bytes: 0 };
  const copied = { objects: 0, bytes: 0 };
  const skipped: { videoId: string; reason: SkipReason }[] = [];
  const list = limiter(LISTINGS_AT_ONCE);
  const look = async (videoId: string) => {
    const [objects, done] = await Promise.all([
      listVideo(places.from, videoId),
      copiedOf({ em }, videoId, places.to.id),
    ]);
    sums.videos += 1;
    for (const [name, { object }] of objects) {
      sums.objects += 1;
      sums.bytes += object.sizeBytes;
      if (done.get(name) !== object.etag) continue;
      copied.objects += 1;
      copied.bytes += object.sizeBytes;
    }
    onVideo?.(sums.videos);
  };
  let looking: Promise<void>[] = [];
  for await (const { id: videoId, busy } of videosIn(em, storages, places.from)) {
    if (busy) skipped.push({ videoId, reason: busy });
    else looking.push(list(() => look(videoId)));
    if (looking.length < LISTINGS_AT_ONCE * 2) continue;
    await Promise.all(looking);
    looking = [];
  }
  await Promise.all(looking);
  return { from: places.from.id, to: places.to.id, ...sums, copied, skipped };
}

/** The source's ETags of what an earlier run has copied to this target, by name. */
async function copiedOf({ em }: Needs<'em'>, videoId: string, target: string): Promise<Map<string, string>> {
  const { rows } = await sql<{ bucket: MovedBucket; key: string; source_etag: string }>`
    select o.bucket, o.key, o.source_etag from moved_objects o join video_moves m on m.video_id = o.video_id
    where o.video_id = ${videoId}::uuid and m.target = ${target} and m.state = 'COPYING'`.execute(
    em.fork().getKysely(),
  );
  return new Map(rows.map((row) => [nameOf(row), row.source_etag]));
}
