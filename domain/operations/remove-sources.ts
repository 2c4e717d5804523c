import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import { deletePrefix } from '../delete-prefix.ts';
import { transaction } from '../transaction.ts';

/** Any constant. Shared by whoever removes a source; a pause takes it alone to see that nobody does any more. */
const REMOVAL_LOCK = 7_214_003;
/** Well below what a silent transaction is given. */
const BEAT_EVERY_MS = 10_000;
const WAIT_SECONDS = 30;

/** The pipeline is paused: nothing is removed from the source bucket. Whoever wanted to is put off until it goes on. */
export class PipelinePaused extends Error {
  override readonly name = 'PipelinePaused';
}

/**
 * Runs one removal from the source bucket, unless the pipeline is paused. A pause that committed before this wins; one
 * that comes during the removal waits for its end. So `remove` is one bounded call of storage, and asks no database.
 *
 * Throws PipelinePaused, and what `remove` throws.
 */
export async function whileNotPaused<T>({ em }: Needs<'em'>, remove: () => Promise<T>): Promise<T> {
  return transaction(em, async (tx) => {
    const db = tx.getKysely();
    // Not to be had means that a pause waits for it, which has committed by then.
    const lock = await sql<{ held: boolean }>`
      select pg_try_advisory_xact_lock_shared(${REMOVAL_LOCK}) as held`.execute(db);
    // Not the row's lock: a storage that hangs must not keep the pause itself from its commit.
    const control = await sql<{ paused: boolean }>`
      select paused_at is not null as paused from pipeline_control where id = 1`.execute(db);
    if (!lock.rows[0]?.held || control.rows[0]?.paused) throw new PipelinePaused('The pipeline is paused');
    const beat = setInterval(() => void sql`select 1`.execute(db).catch(() => undefined), BEAT_EVERY_MS);
    try {
      return await remove();
    } finally {
      clearInterval(beat);
    }
  });
}

/** As `deletePrefix` of the source bucket; each batch only while the pipeline is not paused. Throws PipelinePaused. */
export function removeSources(context: Needs<'em' | 'storage'>, prefix: string): Promise<void> {
  const { sources } = context.storage;
  return deletePrefix(
    {
      list: (under) => sources.list(under),
      deleteMany: (keys) => whileNotPaused(context, () => sources.deleteMany(keys)),
    },
    prefix,
  );
}

/** Waits, for half a minute at most, until no removal that began before a pause is under way. True when one still is. */
export async function removalsUnderWay(em: EntityManager): Promise<boolean> {
  try {
    await transaction(em, async (tx) => {
      const db = tx.getKysely();
      await sql`select set_config('lock_timeout', ${`${WAIT_SECONDS}s`}, true)`.execute(db);
      await sql`select pg_advisory_xact_lock(${REMOVAL_LOCK})`.execute(db);
    });
    return false;
  } catch (error) {
    // lock_not_available, appendix A of Postgres' manual.
    if (codeOf(error) === '55P03') return true;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
