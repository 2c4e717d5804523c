import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import { storagesBeside } from './known-storages.ts';
import { placeIdSql } from './movable-videos.ts';

/**
 * Forgets a storage in which no video lives, no old copy waits and no running process puts new videos: processes may
 * then start without it. With the last but one, the other is forgotten too, and the deployment has one storage as before.
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
  if ((await storagesBeside(em, [])).length === 1) await sql`delete from storages`.execute(db);
}
