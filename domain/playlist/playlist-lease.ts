import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import { newId } from '../identifiers.ts';
import { LeaseLost } from '../transcode/fence.ts';

/** The right to unpack one archive. Every write of its holder goes through the fence. */
export interface PlaylistLease {
  readonly playlistId: string;
  readonly token: string;
}

/**
 * Claims an archive that is UPLOADED, or UNPACKING by nobody who lives. The clock is the database's, as for attempts (R6).
 *
 * @returns null when somebody else has it, or when there is nothing to unpack
 */
export async function claimPlaylist(
  { em, settings }: Needs<'em' | 'settings'>,
  playlistId: string,
): Promise<PlaylistLease | null> {
  const token = newId();
  const { numAffectedRows } = await sql`
    update playlists set state = 'UNPACKING', lease_token = ${token}::uuid, updated_at = now(),
      lease_until = now() + make_interval(secs => ${settings.leaseDeadSeconds})
    where id = ${playlistId}::uuid and state in ('UPLOADED', 'UNPACKING')
      and (lease_until is null or lease_until < now())`.execute(em.fork().getKysely());
  return numAffectedRows === 1n ? { playlistId, token } : null;
}

/** Locks the playlist's row and lets only its holder on. Throws LeaseLost. */
export async function fencePlaylist(tx: EntityManager, { playlistId, token }: PlaylistLease): Promise<void> {
  const { rows } = await sql`
    select from playlists where id = ${playlistId}::uuid and lease_token = ${token}::uuid and lease_until > now()
    for update`.execute(tx.getKysely());
  if (rows.length === 0) throw new LeaseLost(`Archive ${playlistId} is unpacked by somebody else`);
}

/** Gives the archive back, so that whoever comes next need not wait. */
export async function releasePlaylist(
  tx: EntityManager,
  { playlistId, token }: PlaylistLease,
): Promise<void> {
  await sql`
    update playlists set lease_token = null, lease_until = null
    where id = ${playlistId}::uuid and lease_token = ${token}::uuid`.execute(tx.getKysely());
}

/** Until the lease runs out, seconds; null when there is nothing to wait for. */
export async function secondsUntilFree({ em }: Needs<'em'>, playlistId: string): Promise<number | null> {
  const { rows } = await sql<{ seconds: string | null }>`
    select greatest(0, extract(epoch from lease_until - now())) as seconds from playlists
    where id = ${playlistId}::uuid and state in ('UPLOADED', 'UNPACKING')`.execute(em.fork().getKysely());
  return rows[0] ? Number(rows[0].seconds ?? 0) : null;
}

export interface HeldPlaylist {
  /** Fires when the archive is no longer ours; its reason is LeaseLost. */
  readonly lost: AbortSignal;
  stop(): void;
}

/** Renews a lease. While the database does not answer, our own clock decides; it runs on while a process is stopped. */
export function holdPlaylist(
  { em, settings, log }: Needs<'em' | 'settings' | 'log'>,
  { playlistId, token }: PlaylistLease,
): HeldPlaylist {
  const controller = new AbortController();
  const lose = () => controller.abort(new LeaseLost(`The lease of archive ${playlistId} is gone`));
  let renewedAt = performance.now();
  const renew = async () => {
    if (performance.now() - renewedAt > settings.leaseDeadSeconds * 1000) return lose();
    const askedAt = performance.now();
    const { numAffectedRows } = await sql`
      update playlists set lease_until = now() + make_interval(secs => ${settings.leaseDeadSeconds})
      where id = ${playlistId}::uuid and lease_token = ${token}::uuid and lease_until > now()`.execute(
      em.fork().getKysely(),
    );
    if (numAffectedRows === 1n) renewedAt = askedAt;
    else lose();
  };
  const timer = setInterval(
    () => renew().catch((error: unknown) => log.warn({ err: error, playlistId }, 'lease not renewed')),
    settings.leaseBeatSeconds * 1000,
  );
  return { lost: controller.signal, stop: () => clearInterval(timer) };
}
