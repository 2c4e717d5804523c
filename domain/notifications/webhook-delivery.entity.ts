import { defineEntity, p } from '@mikro-orm/core';
import { newId } from '../identifiers.ts';

export const DELIVERY_STATES = ['PENDING', 'DELIVERED', 'FAILED'] as const;

/** One message on its way to one endpoint. */
const WebhookDeliverySchema = defineEntity({
  name: 'WebhookDelivery',
  tableName: 'webhook_deliveries',
  properties: {
    id: p.uuid().primary().onCreate(newId),
    endpointId: p.uuid(),
    messageId: p.uuid(),
    state: p.enum([...DELIVERY_STATES]).default('PENDING'),
    /** Counted when they begin, so that one whose worker died counts too. Tells a late worker that it is late. */
    attempts: p.integer().default(0),
    /** When the next one is due; null once it has ended. */
    nextAttemptAt: p.datetime(6).nullable(),
    /** Until when a worker that calls the receiver is left alone; the next one takes over after that. */
    claimedUntil: p.datetime(6).nullable(),
    endedAt: p.datetime(6).nullable(),
    createdAt: p.datetime(6).onCreate(() => new Date()),
  },
  uniques: [{ name: 'webhook_deliveries_once', properties: ['endpointId', 'messageId'] }],
  indexes: [
    { name: 'webhook_deliveries_message', properties: ['messageId'] },
    { name: 'webhook_deliveries_endpoint_newest', properties: ['endpointId', 'id'] },
    { name: 'webhook_deliveries_due', properties: ['state', 'nextAttemptAt'] },
    { name: 'webhook_deliveries_claimed', properties: ['claimedUntil'] },
  ],
});

export class WebhookDelivery extends WebhookDeliverySchema.class {}
WebhookDeliverySchema.setClass(WebhookDelivery);
