import type { Needs } from '../context.ts';
import { type DeliveryView, readDelivery } from './delivery-view.ts';
import { findEndpoint } from './find-endpoint.ts';

/** One delivery with its body and its log. Throws DomainError `webhook_endpoint_not_found`, `delivery_not_found`. */
export async function getDelivery(
  { em, actor }: Needs<'em' | 'actor'>,
  input: { endpointId: string; deliveryId: string },
): Promise<DeliveryView> {
  const reading = em.fork();
  await findEndpoint(reading, actor, input.endpointId);
  return readDelivery(reading, input);
}
