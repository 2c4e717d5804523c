import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { newId } from '../identifiers.ts';
import type { Storages } from '../storages.ts';
import { transaction } from '../transaction.ts';
import { placeIdSql } from './movable-videos.ts';

const LEASE_SECONDS = 60;
const BEAT_EVERY_MS = 15_000;

/** The right of one mover to one video. */
export interface MoveClaim {
  readonly videoId: string;
  readonly source: string;
  readonly target: string;
  readonly token: string;
}

/** Somebody else moves the video by now, or it is gone. */
export class MoveLost extends Error {
  override readonly name = 'MoveLost';
}

/**
 * Claims a video for moving, taking up what a mover that is gone has copied. The clock is the database's.
 *
 * @returns `busy` while another mover has it, or its old copy is just being removed; `elsewhere` when it does not live in
 * the source any more, since whoever listed it there: what another has moved must not be copied over
 */
export function claimMove(
  { em, storages }: { em: EntityManager; storages: Storages },
  wanted: Omit<MoveClaim, 'token'>,
): Promise<MoveClaim | 'busy' | 'elsewhere'> {
  const { videoId, source, target } = wanted;
  const token = newId();
  return transaction(em, async (tx) => {
    const db = tx.getKysely();
    const livesIn = () =>
      sql`from videos v where v.id = ${videoId}::uuid and ${placeIdSql(storages)} = ${source}`;
    await sql`insert into video_moves (video_id, source, target, created_at)
      select v.id, ${source}, ${target}, now() ${livesIn()} on conflict do nothing`.execute(db);
    const { rows } = await sql<{ goes_on: boolean; is_free: boolean }>`
      select state = 'COPYING' and source = ${source} and target = ${target} as goes_on,
        state <> 'REMOVING' and coalesce(lease_until < now(), true) as is_free
      from video_moves where video_id = ${videoId}::uuid for update`.execute(db);
    const [row] = rows;
    if (!row) return 'elsewhere';
    // Again, now that the row is locked, which a switch needs too.
    if ((await sql`select ${livesIn()}`.execute(db)).rows.length === 0) return 'elsewhere';
    if (!row.is_free) return 'busy';
    // What was copied the other way, or to a third place, says nothing of this target.
    if (!row.goes_on) await sql`delete from moved_objects where video_id = ${videoId}::uuid`.execute(db);
    await sql`update video_moves set source = ${source}, target = ${target}, state = 'COPYING',
        mover_token = ${token}::uuid, lease_until = now() + make_interval(secs => ${LEASE_SECONDS}),
        objects = 0, bytes = 0, switched_at = null, remove_at = null
      where video_id = ${videoId}::uuid`.execute(db);
    return { ...wanted, token };
  });
}

/** Keeps a claim alive until it is told to stop. `lost` aborts when it is somebody else's. */
export function keepMove(
  em: EntityManager,
  { videoId, token }: MoveClaim,
): { lost: AbortSignal; stop(): void } {
  const lost = new AbortController();
  const renew = async () => {
    const { numAffectedRows } = await sql`
      update video_moves set lease_until = now() + make_interval(secs => ${LEASE_SECONDS})
      where video_id = ${videoId}::uuid and mover_token = ${token}::uuid and state = 'COPYING'`.execute(
      em.fork().getKysely(),
    );
    if (numAffectedRows === 0n) lost.abort(new MoveLost(`Video ${videoId} is moved by somebody else`));
  };
  // A database that is away for a moment is met again; the claim is checked once more before anything counts.
  const timer = setInterval(() => void renew().catch(() => undefined), BEAT_EVERY_MS);
  return { lost: lost.signal, stop: () => clearInterval(timer) };
}

/** Locks the row of a claim until the transaction ends. Throws MoveLost. */
export async function lockMove(tx: EntityManager, { videoId, token }: MoveClaim): Promise<void> {
  const { rows } = await sql`
    select from video_moves where video_id = ${videoId}::uuid and mover_token = ${token}::uuid
      and state = 'COPYING' for update`.execute(tx.getKysely());
  if (rows.length === 0) throw new MoveLost(`Video ${videoId} is moved by somebody else`);
}

/** Gives a claim back, with why it came to nothing. */
export async function releaseMove(
  em: EntityManager,
  { videoId, token }: MoveClaim,
  problem: string | null,
): Promise<void> {
  await sql`update video_moves set mover_token = null, lease_until = null, problem = ${problem}
    where video_id = ${videoId}::uuid and mover_token = ${token}::uuid and state = 'COPYING'`.execute(
    em.fork().getKysely(),
  );
}
