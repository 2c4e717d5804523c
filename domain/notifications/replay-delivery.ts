import { LockMode } from '@mikro-orm/postgresql';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { transaction } from '../transaction.ts';
import { type DeliveryView, deliveryNotFound, readDelivery } from './delivery-view.ts';
import { enqueueDelivery } from './enqueue-delivery.ts';
import { findEndpoint } from './find-endpoint.ts';
import { refuseUnlessEnabled } from './refuse-unless-enabled.ts';
import { WebhookDelivery } from './webhook-delivery.entity.ts';

/**
 * Makes one more attempt now, with the same `webhook-id` and body; where the schedule is not over, a failure goes on with
 * it. One that is being made right now is that attempt. A finished playlist that was taken is never reported again.
 *
 * Throws DomainError `webhook_endpoint_not_found`, `delivery_not_found`, `webhook_endpoint_disabled`, `already_delivered`.
 */
export async function replayDelivery(
  context: Needs<'em' | 'actor' | 'enqueue' | 'settings' | 'now'>,
  { endpointId, deliveryId }: { endpointId: string; deliveryId: string },
): Promise<DeliveryView> {
  const { em, actor, now } = context;
  await transaction(em, async (tx) => {
    const endpoint = await findEndpoint(tx, actor, endpointId);
    const lockMode = LockMode.PESSIMISTIC_WRITE;
    const delivery = await tx.findOne(WebhookDelivery, { id: deliveryId, endpointId }, { lockMode });
    if (!delivery) throw deliveryNotFound(deliveryId);
    refuseUnlessEnabled(context, endpoint);
    if (endpoint.kind === 'ingest' && delivery.state === 'DELIVERED')
      throw new DomainError('already_delivered', 'This playlist was reported; that is not repeated');
    if (delivery.claimedUntil && delivery.claimedUntil > now()) return;
    delivery.state = 'PENDING';
    delivery.endedAt = null;
    delivery.nextAttemptAt = now();
    await enqueueDelivery(context, tx, { deliveryId });
  });
  return readDelivery(em.fork(), { endpointId, deliveryId });
}
