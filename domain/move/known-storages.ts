import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { StoragePlace } from '../storages.ts';

/** Writes down that videos may live there from now on. */
export async function registerStorage(em: EntityManager, id: string, isHome = false): Promise<void> {
  await sql`insert into storages (id, is_home, created_at) values (${id}, ${isHome}, now())
    on conflict do nothing`.execute(em.fork().getKysely());
}

/** Storages in which videos may live, without those that are `known`. */
export async function storagesBeside(em: EntityManager, known: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from storages where not (id = any(${[...known]}::text[])) order by created_at`.execute(
    em.fork().getKysely(),
  );
  return rows.map(({ id }) => id);
}

/** As `storagesBeside`, and only those in which a video lives: by its name, or for want of a name that anybody knows. */
export async function storagesInUseBeside(em: EntityManager, known: readonly string[]): Promise<string[]> {
  const ids = [...known];
  const { rows } = await sql<{ id: string }>`
    select s.id from storages s where not (s.id = any(${ids}::text[])) and exists (
      select from videos v where v.storage = s.id or (s.is_home and (v.storage is null
        or not (v.storage = any(${ids}::text[]) or exists (select from storages o where o.id = v.storage)))))
    order by s.created_at`.execute(em.fork().getKysely());
  return rows.map(({ id }) => id);
}

const SAMPLE_VIDEOS = 5;

/**
 * Which of two storages holds the videos that name none: the one that is written down, else whichever holds some of them.
 * Whoever swapped the two before anything was written down is understood all the same. Throws StorageError.
 */
export async function findHome(
  em: EntityManager,
  { own, second }: { own: StoragePlace; second: StoragePlace },
): Promise<string> {
  const read = em.fork().getKysely();
  const recorded = await sql<{ id: string }>`select id from storages where is_home`.execute(read);
  const known = recorded.rows[0]?.id;
  if (known !== undefined) return known;
  const { rows: videos } = await sql<SampledVideo>`
    select v.source_file_key, a.file_key as master from videos v left join video_assets a on a.id = v.master_asset_id
    where v.storage is null and v.deleted_at is null and coalesce(v.source_file_key, a.file_key) is not null
    order by v.created_at desc limit ${SAMPLE_VIDEOS}`.execute(read);
  if (await holdsAny(own, videos)) return own.id;
  return (await holdsAny(second, videos)) ? second.id : own.id;
}

interface SampledVideo {
  readonly source_file_key: string | null;
  readonly master: string | null;
}

async function holdsAny(place: StoragePlace, videos: readonly SampledVideo[]): Promise<boolean> {
  for (const { source_file_key: source, master } of videos) {
    if (source !== null && (await stands(place.sources, source))) return true;
    if (master !== null && (await stands(place.media, master))) return true;
  }
  return false;
}

/** By a listing, which every key may do that may read: a HEAD of a missing key is 403 where it may not list. */
async function stands(store: StoragePlace['sources'], key: string): Promise<boolean> {
  for await (const object of store.list(key)) return object.key === key;
  return false;
}
