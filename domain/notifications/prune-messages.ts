import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import { transaction } from '../transaction.ts';

const BATCH = 1000;
/** A round is bounded; the next one goes on. */
const REMOVED_MAX = 100_000;

/**
 * Removes messages that are older than what is kept, with their deliveries and attempts; what is still being delivered
 * stays. Answers how many went.
 */
export async function pruneMessages({
  em,
  settings,
  now,
}: Needs<'em' | 'settings' | 'now'>): Promise<number> {
  const before = new Date(now().getTime() - settings.webhooks.keepMessagesSeconds * 1000);
  for (let removed = 0; ; ) {
    const { rows } = await transaction(em, (tx) =>
      sql`delete from webhook_messages where id in (
        select m.id from webhook_messages m
        where m.created_at < ${before} and not exists (
          select from webhook_deliveries d where d.message_id = m.id and d.state = 'PENDING')
        order by m.created_at limit ${BATCH} for update skip locked)
      returning id`.execute(tx.getKysely()),
    );
    removed += rows.length;
    if (rows.length < BATCH || removed >= REMOVED_MAX) return removed;
  }
}
