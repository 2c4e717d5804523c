import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import { WebhookEndpoint } from './webhook-endpoint.entity.ts';

/** Why an endpoint is called no more: its owner said so, it answered 410, or nothing succeeded for too long. */
export const DISABLED_REASONS = ['by_owner', 'gone', 'failing'] as const;

export type DisabledReason = (typeof DISABLED_REASONS)[number];

/** The endpoint works. Writes only where it had failed. */
export async function noteSuccess(tx: EntityManager, endpointId: string): Promise<null> {
  await tx.nativeUpdate(
    WebhookEndpoint,
    { id: endpointId, failingSince: { $ne: null } },
    { failingSince: null },
  );
  return null;
}

/**
 * Remembers since when nothing has succeeded, and disables an endpoint that is gone or has failed for too long: 410 and
 * sustained failure, as Standard Webhooks 1.0 advises. The ingest endpoint is the operator's: it is never disabled here.
 *
 * @returns why it was disabled just now, or null
 */
export async function noteFailure(
  { settings, now }: Needs<'settings' | 'now'>,
  tx: EntityManager,
  endpointId: string,
  { isGone }: { isGone: boolean },
): Promise<DisabledReason | null> {
  const at = now();
  const since = new Date(at.getTime() - settings.webhooks.disableAfterSeconds * 1000);
  await sql`update webhook_endpoints set failing_since = ${at}
    where id = ${endpointId} and failing_since is null`.execute(tx.getKysely());
  const { rows } = await sql<{ reason: DisabledReason }>`
    update webhook_endpoints set disabled_at = ${at}, updated_at = ${at},
      disabled_reason = case when ${isGone} then 'gone' else 'failing' end
    where id = ${endpointId} and kind = 'standard' and disabled_at is null
      and (${isGone} or failing_since <= ${since})
    returning disabled_reason as reason`.execute(tx.getKysely());
  return rows[0]?.reason ?? null;
}
