import type { Needs } from '../context.ts';
import { newId } from '../identifiers.ts';
import { transaction } from '../transaction.ts';
import { type DeliveryView, readDelivery } from './delivery-view.ts';
import { endpointsOf, lockEndpoint } from './find-endpoint.ts';
import { refuseUnlessEnabled } from './refuse-unless-enabled.ts';
import { writeMessage } from './write-message.ts';

/**
 * Sends an endpoint an `endpoint.test`, whatever events it wants, along the same way as every event.
 * Throws DomainError `webhook_endpoint_not_found`, `forbidden`, `webhook_endpoint_disabled`.
 */
export async function testEndpoint(
  context: Needs<'em' | 'actor' | 'enqueue' | 'settings' | 'now'>,
  { endpointId }: { endpointId: string },
): Promise<DeliveryView> {
  const { em, actor, now } = context;
  const deliveryId = await transaction(em, async (tx) => {
    const endpoint = await lockEndpoint(tx, actor, endpointId);
    refuseUnlessEnabled(context, endpoint);
    const type = 'endpoint.test';
    const [id] = await writeMessage(context, tx, {
      ownerId: endpointsOf(actor).ownerId,
      type,
      dedupeKey: `${type}:${newId()}`,
      videoId: null,
      body: JSON.stringify({ type, timestamp: now().toISOString(), data: { endpointId } }),
      endpointIds: [endpointId],
    });
    return id ?? '';
  });
  return readDelivery(em.fork(), { endpointId, deliveryId });
}
