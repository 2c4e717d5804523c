import { afterEach, expect, test } from 'vitest';
import { useStage } from '#test/domain/stage.ts';

const stage = useStage();
afterEach(() => stage.reset());

const ENDED = 20_000;

interface PlanNode {
  readonly Plans?: readonly PlanNode[];
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
}

function rowsPassedOver(node: PlanNode): number {
  const own = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
  return (node.Plans ?? []).reduce((sum, child) => sum + rowsPassedOver(child), own);
}

/** How many rows Postgres reads only to pass them over. */
async function wastedRows(query: string): Promise<number> {
  const [row] = await stage.sql<{ 'QUERY PLAN': readonly { Plan: PlanNode }[] }>(
    `explain (analyze, format json) ${query}`,
  );
  const plan = row?.['QUERY PLAN'][0];
  if (!plan) throw new Error('Postgres explains nothing');
  return rowsPassedOver(plan.Plan);
}

test('the minutely look for uploads, and a purge, read past nothing that is over', async () => {
  const { sessionId } = await stage.opened();
  await stage.system().em.transactional(async (tx) => {
    // No triggers and no foreign keys: rows of uploads that ended long ago.
    await tx.execute('set local session_replication_role = replica');
    await tx.execute(
      `insert into upload_sessions (id, video_id, provider_upload_id, status, file_key, size_bytes, mime, part_size_bytes,
         expires_at, next_check_at, created_at, updated_at)
       select gen_random_uuid(), gen_random_uuid(), 'u', 'COMPLETED', n::text, 1000, 'video/mp4', 8388608,
         now() - interval '1 day', now() - interval '1 day', now(), now()
       from generate_series(1, ?) n`,
      [ENDED],
    );
    await tx.execute(
      `insert into provider_events (id, provider, dedupe_key, video_id, body, received_at, processed_at)
       select gen_random_uuid(), 'webhook', n::text, gen_random_uuid(), '{}', now(), now() from generate_series(1, ?) n`,
      [ENDED],
    );
    await tx.execute(
      `insert into webhook_messages (id, owner_id, type, dedupe_key, video_id, body, created_at)
       select gen_random_uuid(), gen_random_uuid(), 'video.asset.ready', n::text, gen_random_uuid(), '{}', now()
       from generate_series(1, ?) n`,
      [ENDED],
    );
  });
  for (const table of ['upload_sessions', 'provider_events', 'webhook_messages'])
    await stage.sql(`analyze ${table}`);
  const live = "status in ('INITIATED', 'IN_PROGRESS', 'PAUSED')";
  const due = `select id from upload_sessions where ${live} and ((next_check_at <= now() and size_bytes is not null)
    or expires_at <= now()) order by next_check_at limit 200`;
  expect(await wastedRows(due)).toBeLessThan(100);
  // Also where the planner follows the order of the checks, as it does while many uploads are open.
  const [index] = await stage.sql<{ indexdef: string }>(
    "select indexdef from pg_indexes where tablename = 'upload_sessions' and indexdef like '%(next_check_at)%'",
  );
  expect(index?.indexdef).toContain('WHERE');
  for (const table of ['provider_events', 'webhook_messages'])
    expect(await wastedRows(`select id from ${table} where video_id = '${sessionId}'`)).toBe(0);
});
