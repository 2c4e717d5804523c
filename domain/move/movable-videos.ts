import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { StoragePlace, Storages } from '../storages.ts';
import { LIVE_SESSION_STATES } from '../upload/upload-session-states.ts';

/** Why a video is left where it is for now. `deleted` is left for good: its purge empties both storages. */
export type BusyReason = 'deleted' | 'in_work' | 'uploading' | 'transcoding';

/** The storage of `v` in SQL, as `placeOf` has it. */
export function placeIdSql({ own, second, homeId }: Storages) {
  return sql<string>`case when v.storage in (${own.id}, ${second?.id ?? own.id}) then v.storage else ${homeId} end`;
}

/**
 * Who may still write to the objects of `v`, in SQL; null for nobody. A probe writes the poster before any attempt
 * exists, so its job counts, but not one that the queue has given up.
 */
function busySql() {
  return sql<BusyReason | null>`case
    when v.deleted_at is not null then 'deleted'
    when v.status in ('UPLOADED', 'TRANSCODING') then 'in_work'
    when exists (select from upload_sessions s where s.video_id = v.id
      and (s.status = any(${[...LIVE_SESSION_STATES]}::text[]) or s.completing_until > now())) then 'uploading'
    when exists (select from transcode_jobs j where j.video_id = v.id and j.state in ('QUEUED', 'RUNNING'))
      then 'transcoding'
    when exists (select from graphile_worker.jobs q where q.key = 'probe:' || v.id
      and (q.attempts < q.max_attempts or q.locked_at is not null)) then 'in_work'
  end`;
}

export interface MovableVideo {
  readonly id: string;
  readonly busy: BusyReason | null;
}

const PAGE_VIDEOS = 200;

/** The videos that live in a storage, in the order of their ids, with what keeps each from being moved now. */
export async function* videosIn(
  em: EntityManager,
  storages: Storages,
  place: StoragePlace,
): AsyncGenerator<MovableVideo> {
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const { rows } = await sql<MovableVideo>`
      select v.id, ${busySql()} as busy from videos v
      where v.id > ${after}::uuid and ${placeIdSql(storages)} = ${place.id}
      order by v.id limit ${PAGE_VIDEOS}`.execute(em.fork().getKysely());
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < PAGE_VIDEOS) return;
    after = last.id;
  }
}

/** How many videos live in a storage, tombstones included. */
export async function countVideosIn(
  em: EntityManager,
  storages: Storages,
  place: StoragePlace,
): Promise<number> {
  const { rows } = await sql<{ count: string }>`
    select count(*) as count from videos v where ${placeIdSql(storages)} = ${place.id}`.execute(
    em.fork().getKysely(),
  );
  return Number(rows[0]?.count ?? 0);
}

/** What keeps one video from being moved, within the transaction that has locked its row. */
export async function busyReason(tx: EntityManager, videoId: string): Promise<BusyReason | null> {
  const { rows } = await sql<{ busy: BusyReason | null }>`
    select ${busySql()} as busy from videos v where v.id = ${videoId}::uuid`.execute(tx.getKysely());
  return rows[0] ? rows[0].busy : 'deleted';
}
