import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';

/** How the operators have steered the pipeline, as of this very moment. */
export interface PipelineStanding {
  readonly isPaused: boolean;
  /** How many attempts may be open at once in the whole deployment; null for no limit. */
  readonly maxOpenAttempts: number | null;
}

/** Reads the one row. Inside a transaction it is locked against a change until the end, for readers side by side. */
export async function readControl(em: EntityManager): Promise<PipelineStanding> {
  const lock = em.isInTransaction() ? sql`for share` : sql``;
  const { rows } = await sql<{ is_paused: boolean; max_open_attempts: number | null }>`
    select paused_at is not null as is_paused, max_open_attempts from pipeline_control where id = 1 ${lock}`.execute(
    em.getKysely(),
  );
  const [row] = rows;
  return { isPaused: row?.is_paused ?? false, maxOpenAttempts: row?.max_open_attempts ?? null };
}
