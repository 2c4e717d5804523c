import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import type { AgainTurn } from '../video/start-again.ts';

/** Behind fresh uploads, whose probes and attempts have 0. */
export const REPLAY_PRIORITY = 10;

export interface ReplayTurns {
  /** The next turn, as long as nobody took it. */
  readonly next: () => AgainTurn;
  /** It is taken: the one after it is later. */
  take(): void;
}

/** Turns that are so many a minute, from now on or from behind what is queued already. */
export async function replayTurns({ em, now }: Needs<'em' | 'now'>, perMinute: number): Promise<ReplayTurns> {
  const everyMs = 60_000 / perMinute;
  const { rows } = await sql<{ last_ms: number | null }>`
    select extract(epoch from max(run_at))::float8 * 1000 as last_ms from graphile_worker.jobs
    where priority = ${REPLAY_PRIORITY} and locked_at is null and attempts = 0 and run_at < now() + interval '30 days'`.execute(
    em.fork().getKysely(),
  );
  const last = rows[0]?.last_ms ?? null;
  let atMs = Math.max(now().getTime(), last === null ? 0 : last + everyMs);
  return {
    next: () => ({ runAt: new Date(atMs), priority: REPLAY_PRIORITY }),
    take() {
      atMs += everyMs;
    },
  };
}
