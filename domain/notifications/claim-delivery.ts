import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import { transaction } from '../transaction.ts';
import { enqueueDelivery } from './enqueue-delivery.ts';
import { followIngestSettings } from './ingest-endpoint.ts';
import { WebhookDelivery } from './webhook-delivery.entity.ts';
import { WebhookEndpoint } from './webhook-endpoint.entity.ts';
import { WebhookMessage } from './webhook-message.entity.ts';

type Context = Needs<'em' | 'enqueue' | 'settings' | 'metrics' | 'log' | 'now'>;

/** How much longer than the call itself a claim holds: for the database around it. */
const CLAIM_MARGIN_SECONDS = 30;
/** Receivers that hang hold a worker's slots: those of one owner hold no more than these. */
const CALLS_PER_OWNER = 3;
/** Ten thousand that looked for a place every few seconds would keep everybody else's from being looked at. */
const CROWD_WAIT_SECONDS = { min: 3, max: 600 };

/** One attempt that belongs to the worker that claimed it. */
export interface ClaimedDelivery {
  readonly deliveryId: string;
  /** From 1. */
  readonly number: number;
  readonly endpoint: WebhookEndpoint;
  readonly message: WebhookMessage;
}

/**
 * Takes the next attempt of a delivery. Null when there is nothing to do now: it has ended, it is not due, or somebody
 * else is at it; in the latter cases a job is queued for when that is over.
 */
export function claimDelivery(context: Context, deliveryId: string): Promise<ClaimedDelivery | null> {
  const { em, settings, now } = context;
  return transaction(em, async (tx) => {
    const lockMode = LockMode.PESSIMISTIC_WRITE;
    const delivery = await tx.findOne(WebhookDelivery, { id: deliveryId }, { lockMode });
    if (delivery?.state !== 'PENDING') return null;
    const endpoint = await tx.findOneOrFail(WebhookEndpoint, { id: delivery.endpointId });
    if (!(await isOpen(context, tx, endpoint))) return giveUp(context, delivery, endpoint);
    const busy = await busyUntil(context, tx, delivery, endpoint);
    if (busy) {
      await enqueueDelivery(context, tx, { deliveryId, ...busy });
      return null;
    }
    delivery.attempts += 1;
    const claimSeconds = settings.webhooks.timeoutSeconds + CLAIM_MARGIN_SECONDS;
    delivery.claimedUntil = new Date(now().getTime() + claimSeconds * 1000);
    const message = await tx.findOneOrFail(WebhookMessage, { id: delivery.messageId });
    return { deliveryId, number: delivery.attempts, endpoint, message };
  });
}

/** The ingest address is what the configuration says at the moment of the call. */
async function isOpen(context: Context, tx: EntityManager, endpoint: WebhookEndpoint): Promise<boolean> {
  if (endpoint.kind === 'standard') return endpoint.disabledAt == null;
  const { ingest } = context.settings;
  // Only then: writing it locks it, and every delivery of the deployment goes through here.
  if (ingest !== null && ingest.url !== endpoint.url) await followIngestSettings(context, tx);
  return ingest !== null;
}

/** Ends what nobody wants to receive any more. */
function giveUp({ metrics, now }: Context, delivery: WebhookDelivery, endpoint: WebhookEndpoint): null {
  delivery.state = 'FAILED';
  delivery.endedAt = now();
  delivery.nextAttemptAt = null;
  delivery.claimedUntil = null;
  metrics.webhookSent(endpoint.kind, 'exhausted');
  return null;
}

/** When to look again, or null when the attempt may begin. */
async function busyUntil(
  { now }: Context,
  tx: EntityManager,
  { claimedUntil, nextAttemptAt }: WebhookDelivery,
  { ownerId }: WebhookEndpoint,
): Promise<{ runAt: Date; isBehindOthers?: true } | null> {
  const at = now();
  if (claimedUntil && claimedUntil > at) return { runAt: claimedUntil };
  if (nextAttemptAt && nextAttemptAt > at) return { runAt: nextAttemptAt };
  const { rows } = await sql<{ calls: number }>`
    select count(*)::int as calls from webhook_deliveries d join webhook_endpoints e on e.id = d.endpoint_id
    where d.claimed_until > ${at} and e.owner_id is not distinct from ${ownerId ?? null}::uuid`.execute(
    tx.getKysely(),
  );
  if ((rows[0]?.calls ?? 0) < CALLS_PER_OWNER) return null;
  const waitedSeconds = (at.getTime() - (nextAttemptAt ?? at).getTime()) / 1000;
  const { min, max } = CROWD_WAIT_SECONDS;
  const waitSeconds = Math.min(max, Math.max(min, waitedSeconds / 2)) * (1 + Math.random());
  return { runAt: new Date(at.getTime() + waitSeconds * 1000), isBehindOthers: true };
}
