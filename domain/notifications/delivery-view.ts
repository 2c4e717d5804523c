import type { EntityManager, FilterQuery } from '@mikro-orm/postgresql';
import { DomainError } from '../errors.ts';
import type { MessageType } from './event-types.ts';
import { WebhookAttempt } from './webhook-attempt.entity.ts';
import { type DELIVERY_STATES, WebhookDelivery } from './webhook-delivery.entity.ts';
import { WebhookMessage } from './webhook-message.entity.ts';

export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** One message on its way to one endpoint, and the newest attempts at it. */
export interface DeliveryView {
  readonly id: string;
  readonly endpointId: string;
  /** `webhook-id`. */
  readonly messageId: string;
  readonly type: MessageType;
  readonly videoId: string | null;
  readonly state: DeliveryState;
  readonly attemptCount: number;
  readonly nextAttemptAt: Date | null;
  readonly endedAt: Date | null;
  readonly createdAt: Date;
  /** Oldest first; one whose worker died is missing. */
  readonly attempts: readonly WebhookAttempt[];
  /** What was signed and sent; null in lists. */
  readonly body: string | null;
}

export function deliveryNotFound(deliveryId: string): DomainError {
  return new DomainError('delivery_not_found', `There is no delivery ${deliveryId}`);
}

/** One delivery whole. Throws DomainError `delivery_not_found`. */
export async function readDelivery(
  em: EntityManager,
  { endpointId, deliveryId }: { endpointId: string; deliveryId: string },
): Promise<DeliveryView> {
  const where = { id: deliveryId, endpointId };
  const [view] = await readDeliveries(em, where, { limit: 1, attemptsEach: 100, withBody: true });
  if (!view) throw deliveryNotFound(deliveryId);
  return view;
}

/** Newest first: ids are in order of time. */
export async function readDeliveries(
  em: EntityManager,
  where: FilterQuery<WebhookDelivery>,
  { limit, attemptsEach, withBody }: { limit: number; attemptsEach: number; withBody: boolean },
): Promise<DeliveryView[]> {
  const deliveries = await em.find(WebhookDelivery, where, { orderBy: { id: 'desc' }, limit });
  const newest = deliveries.map(({ id, attempts }) => ({
    deliveryId: id,
    number: { $gt: attempts - attemptsEach },
  }));
  const orderBy = { number: 'asc', startedAt: 'asc' } as const;
  const attempts = newest.length === 0 ? [] : await em.find(WebhookAttempt, { $or: newest }, { orderBy });
  const messages = await readMessages(em, deliveries, withBody);
  return deliveries.flatMap((delivery) => {
    const { id, endpointId, messageId } = delivery;
    const message = messages.get(messageId);
    // Pruned between the two readings.
    if (!message) return [];
    return {
      id,
      endpointId,
      messageId,
      type: message.type,
      videoId: message.videoId ?? null,
      state: delivery.state,
      attemptCount: delivery.attempts,
      nextAttemptAt: delivery.nextAttemptAt ?? null,
      endedAt: delivery.endedAt ?? null,
      createdAt: delivery.createdAt,
      attempts: attempts.filter(({ deliveryId }) => deliveryId === id),
      body: withBody ? message.body : null,
    };
  });
}

/** Bodies are large: lists read none. */
async function readMessages(
  em: EntityManager,
  deliveries: readonly WebhookDelivery[],
  withBody: boolean,
): Promise<Map<string, Pick<WebhookMessage, 'type' | 'videoId' | 'body'>>> {
  const found = await em.find(
    WebhookMessage,
    { id: { $in: deliveries.map(({ messageId }) => messageId) } },
    { exclude: withBody ? [] : ['body'] },
  );
  return new Map(found.map((message) => [message.id, message as WebhookMessage]));
}
