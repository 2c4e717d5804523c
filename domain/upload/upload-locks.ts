import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { Log } from '../context.ts';
import { DomainError } from '../errors.ts';
import { newId } from '../identifiers.ts';

/** How long each step takes. */
export interface LockTimes {
  /** A holder that gives no sign of life so long is gone. */
  readonly leaseSeconds: number;
  /** How often a holder gives one, and looks whether somebody wants it to make room. */
  readonly beatSeconds: number;
  /** Whoever has waited so long is refused: longer than a lease, so that a dead holder refuses nobody. */
  readonly waitSeconds: number;
}

const DEFAULT_TIMES: LockTimes = { leaseSeconds: 10, beatSeconds: 2, waitSeconds: 14 };
/** Between two looks at a lock that another process holds. */
const LOOK_MS_MIN = 100;
const LOOK_MS_MAX = 500;

export interface HeldLock {
  /** Lets the next one in. A lock that was lost meanwhile is no error. */
  release(): Promise<void>;
}

/** Locks by name, for all API processes over one database. */
export interface UploadLocks {
  /**
   * Waits for the lock and asks its holder to make room. A holder in this process hears of it at once, one elsewhere with
   * its next beat.
   *
   * @param onReleaseRequested called once, when a newer request wants the lock or when it was lost
   * Throws DomainError `upload_locked` when it did not become free in time, the reason of `signal` when that aborts.
   */
  acquire(name: string, options: { signal: AbortSignal; onReleaseRequested: () => void }): Promise<HeldLock>;
}

interface LocalHolder {
  readonly requestRelease: () => void;
  readonly released: Promise<void>;
}

/**
 * Leases in `upload_locks`, by the database's clock alone. A lock is a courtesy between requests: that two holders never
 * both advance an upload is seen to by comparing its offset, where it is written.
 */
export function uploadLocks(
  { em, log }: { em: () => EntityManager; log: Log },
  times: LockTimes = DEFAULT_TIMES,
): UploadLocks {
  const local = new Map<string, LocalHolder>();

  async function wait(name: string, ms: number, signal: AbortSignal): Promise<void> {
    const { promise: woken, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => resolve(), { once: true });
    local.get(name)?.released.then(resolve);
    await woken;
    clearTimeout(timer);
    signal.throwIfAborted();
  }

  function hold(name: string, token: string, onReleaseRequested: () => void): HeldLock {
    const { promise: released, resolve } = Promise.withResolvers<void>();
    let isAsked = false;
    let lastBeatAtMs = performance.now();
    const requestRelease = () => {
      if (!isAsked) onReleaseRequested();
      isAsked = true;
    };
    const holder = { requestRelease, released };
    local.set(name, holder);
    const beat = async () => {
      try {
        if ((await renew(em(), name, token, times.leaseSeconds)) !== 'held') requestRelease();
        else lastBeatAtMs = performance.now();
      } catch (error) {
        log.warn({ err: error }, 'upload lock not renewed');
        if (performance.now() - lastBeatAtMs > times.leaseSeconds * 1000) requestRelease();
      }
    };
    const timer = setInterval(beat, times.beatSeconds * 1000);
    return {
      async release() {
        clearInterval(timer);
        try {
          await drop(em(), name, token);
        } catch (error) {
          log.warn({ err: error }, 'upload lock left to run out');
        } finally {
          if (local.get(name) === holder) local.delete(name);
          resolve();
        }
      },
    };
  }

  return {
    async acquire(name, { signal, onReleaseRequested }) {
      const token = newId();
      const giveUpAtMs = performance.now() + times.waitSeconds * 1000;
      for (let lookMs = LOOK_MS_MIN; ; lookMs = Math.min(LOOK_MS_MAX, lookMs * 1.5)) {
        signal.throwIfAborted();
        if (await take(em(), name, token, times.leaseSeconds)) return hold(name, token, onReleaseRequested);
        local.get(name)?.requestRelease();
        await askForRelease(em(), name);
        if (performance.now() > giveUpAtMs)
          throw new DomainError('upload_locked', 'Another request writes to this upload');
        await wait(name, lookMs, signal);
      }
    },
  };
}

/** True when the lock was free, or its lease had run out. */
async function take(em: EntityManager, name: string, token: string, leaseSeconds: number): Promise<boolean> {
  const { rows } = await sql`
    insert into upload_locks as held (name, token, locked_until)
    values (${name}, ${token}::uuid, clock_timestamp() + make_interval(secs => ${leaseSeconds}))
    on conflict (name) do update
      set token = excluded.token, locked_until = excluded.locked_until, release_requested_at = null
      where held.locked_until < clock_timestamp()
    returning name`.execute(em.getKysely());
  return rows.length > 0;
}

async function askForRelease(em: EntityManager, name: string): Promise<void> {
  await sql`update upload_locks set release_requested_at = clock_timestamp()
    where name = ${name} and release_requested_at is null`.execute(em.getKysely());
}

async function renew(
  em: EntityManager,
  name: string,
  token: string,
  leaseSeconds: number,
): Promise<'held' | 'wanted' | 'lost'> {
  const { rows } = await sql<{ wanted: boolean }>`
    update upload_locks set locked_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
    where name = ${name} and token = ${token}::uuid
    returning release_requested_at is not null as wanted`.execute(em.getKysely());
  const [row] = rows;
  if (!row) return 'lost';
  return row.wanted ? 'wanted' : 'held';
}

async function drop(em: EntityManager, name: string, token: string): Promise<void> {
  await sql`delete from upload_locks where name = ${name} and token = ${token}::uuid`.execute(em.getKysely());
}
