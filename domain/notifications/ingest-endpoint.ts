import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { Needs } from '../context.ts';

/** There is one at most, so its row has a fixed id and two workers cannot make two. */
export const INGEST_ENDPOINT_ID = '00000000-0000-7000-8000-000000000001';

/**
 * Makes the row of the deployment's own endpoint say what the configuration says, and answers its id; null where none is
 * configured. The bearer token never enters the database.
 */
export async function followIngestSettings(
  { settings, now }: Needs<'settings' | 'now'>,
  tx: EntityManager,
): Promise<string | null> {
  if (settings.ingest === null) return null;
  await sql`
    insert into webhook_endpoints (id, kind, url, events, created_at, updated_at)
    values (${INGEST_ENDPOINT_ID}, 'ingest', ${settings.ingest.url}, '["playlist.ended"]', ${now()}, ${now()})
    on conflict (id) do update set url = excluded.url, failing_since = null, updated_at = excluded.updated_at
      where webhook_endpoints.url <> excluded.url`.execute(tx.getKysely());
  return INGEST_ENDPOINT_ID;
}
