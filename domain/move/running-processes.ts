import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';

/** How often a process says that it is there, and after how long without that it is not. */
export const BEAT_EVERY_MS = 15_000;
const DEAD_AFTER_SECONDS = 60;

export interface ProcessStanding {
  readonly id: string;
  /** For people: what runs where. */
  readonly name: string;
  /** Identities of the storages that it can reach; the first one is where it puts new videos. */
  readonly storages: readonly string[];
}

/** Says that a process is there. The clock is the database's. */
export async function beatProcess(em: EntityManager, { id, name, storages }: ProcessStanding): Promise<void> {
  await sql`insert into running_processes (id, name, storages, beat_at)
    values (${id}::uuid, ${name}, ${[...storages]}::text[], now())
    on conflict (id) do update set beat_at = now()`.execute(em.fork().getKysely());
}

/** Says that a process has ended; forgets those that ended without saying so. */
export async function endProcess(em: EntityManager, id: string): Promise<void> {
  await sql`delete from running_processes where id = ${id}::uuid or beat_at < now() - interval '1 day'`.execute(
    em.fork().getKysely(),
  );
}

/** Processes that are alive and cannot reach all of the storages. Inside a transaction it sees what that sees. */
export async function processesWithout(
  em: EntityManager,
  storages: readonly string[],
): Promise<ProcessStanding[]> {
  const { rows } = await sql<ProcessStanding>`
    select id, name, storages from running_processes
    where beat_at > now() - make_interval(secs => ${DEAD_AFTER_SECONDS})
      and not (storages @> ${[...storages]}::text[])
    order by name`.execute(em.getKysely());
  return rows;
}
