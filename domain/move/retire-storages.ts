import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import { placeIdSql } from './movable-videos.ts';

/**
 * Forgets a storage in which no video lives, no old copy waits and no running process puts new videos: processes may
 * then start without it. The other is what a video without a name lives in from now on; `forgetLastStorage` has the rest.
 */
export async function retireStorages({ em, storages, log }: Needs<'em' | 'storages' | 'log'>): Promise<void> {
  const { own, second } = storages;
  if (!second) return;
  const db = em.fork().getKysely();
  for (const { id } of [own, second]) {
    const { numAffectedRows = 0n } = await sql`
      delete from storages where id = ${id}
        and not exists (select from running_processes p where p.beat_at > now() - interval '1 day' and p.storages[1] = ${id})
        and not exists (select from video_moves m where m.remove_at is not null or m.state <> 'SWITCHED')
        and not exists (select from videos v where ${placeIdSql(storages)} = ${id})`.execute(db);
    if (numAffectedRows > 0n) log.info({ storage: id }, 'no video lives in this storage any more');
  }
  await sql`update storages set is_home = true where (select count(*) from storages) = 1`.execute(db);
}

/**
 * Once nobody runs any more who has two storages, nothing is written down of the last one either, and the deployment has
 * one as before: until then processes with one and with two run side by side, and every new video has to name its storage.
 */
export async function forgetLastStorage({ em }: Needs<'em'>): Promise<void> {
  await sql`delete from storages where (select count(*) from storages) = 1 and not exists (
    select from running_processes p where p.beat_at > now() - interval '1 day' and cardinality(p.storages) > 1)`.execute(
    em.fork().getKysely(),
  );
}
