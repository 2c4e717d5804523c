import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { StoragePlace, Storages } from '../storages.ts';
import { transaction } from '../transaction.ts';
import { placeIdSql } from './movable-videos.ts';

/**
 * A move to one storage gives up those the other way that somebody has begun and nobody is at: what they have copied is
 * an old copy from now on, with no grace, as nobody was ever sent to it.
 */
export async function giveUpOtherWay(
  em: EntityManager,
  storages: Storages,
  { from, to }: { from: StoragePlace; to: StoragePlace },
): Promise<void> {
  await transaction(em, async (tx) => {
    const db = tx.getKysely();
    const { rows } = await sql<{ video_id: string }>`
      update video_moves m set source = ${from.id}, target = ${to.id}, state = 'SWITCHED', mover_token = null,
        lease_until = null, problem = null, remove_at = now()
      from videos v where v.id = m.video_id and v.deleted_at is null and ${placeIdSql(storages)} = ${to.id}
        and m.state = 'COPYING' and m.source = ${to.id} and m.target = ${from.id}
        and coalesce(m.lease_until < now(), true)
      returning m.video_id`.execute(db);
    await sql`delete from moved_objects where video_id = any(${rows.map((row) => row.video_id)}::uuid[])`.execute(
      db,
    );
  });
}
