import { defineEntity, p } from '@mikro-orm/core';
import { newId } from '../identifiers.ts';

/** One try to deliver, for the log that owners read. */
const WebhookAttemptSchema = defineEntity({
  name: 'WebhookAttempt',
  tableName: 'webhook_attempts',
  properties: {
    id: p.uuid().primary().onCreate(newId),
    deliveryId: p.uuid(),
    number: p.integer(),
    startedAt: p.datetime(6),
    durationMs: p.integer(),
    /** Null when nobody answered. */
    status: p.integer().nullable(),
    /** A stable code such as `timeout`, null after a 2xx. */
    error: p.text().nullable(),
    /** The beginning of what the receiver said. */
    answerExcerpt: p.text().nullable(),
  },
  indexes: [{ name: 'webhook_attempts_delivery', properties: ['deliveryId', 'number'] }],
});

export class WebhookAttempt extends WebhookAttemptSchema.class {}
WebhookAttemptSchema.setClass(WebhookAttempt);
