import type { Needs } from '../context.ts';
import { type DeliveryState, type DeliveryView, readDeliveries } from './delivery-view.ts';
import { findEndpoint } from './find-endpoint.ts';

/** Of each delivery in a list; reading one answers all that are kept. */
const ATTEMPTS_EACH = 10;

export interface ListDeliveries {
  readonly endpointId: string;
  /** 1 to 100. */
  readonly limit: number;
  /** The id of the last delivery of the page before. */
  readonly before?: string;
  readonly state?: DeliveryState;
}

/** What went, and goes, to an endpoint, newest first. Throws DomainError `webhook_endpoint_not_found`. */
export async function listDeliveries(
  { em, actor }: Needs<'em' | 'actor'>,
  { endpointId, limit, before, state }: ListDeliveries,
): Promise<{ items: readonly DeliveryView[]; nextBefore: string | null }> {
  const reading = em.fork();
  await findEndpoint(reading, actor, endpointId);
  const found = await readDeliveries(
    reading,
    {
      endpointId,
      ...(state !== undefined && { state }),
      ...(before !== undefined && { id: { $lt: before } }),
    },
    { limit: limit + 1, attemptsEach: ATTEMPTS_EACH, withBody: false },
  );
  const items = found.slice(0, limit);
  return { items, nextBefore: found.length > limit ? (items.at(-1)?.id ?? null) : null };
}
