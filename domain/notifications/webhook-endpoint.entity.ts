import { defineEntity, p } from '@mikro-orm/core';
import { newId } from '../identifiers.ts';
import type { EventType } from './event-types.ts';

export const WEBHOOK_ENDPOINT_KINDS = ['standard', 'ingest'] as const;

/** Where an owner is told of events. The `ingest` endpoint is the deployment's own and comes from its configuration. */
const WebhookEndpointSchema = defineEntity({
  name: 'WebhookEndpoint',
  tableName: 'webhook_endpoints',
  properties: {
    id: p.uuid().primary().onCreate(newId),
    /** Null for the deployment's own. */
    ownerId: p.uuid().nullable(),
    kind: p.enum([...WEBHOOK_ENDPOINT_KINDS]).default('standard'),
    url: p.text(),
    description: p.text().nullable(),
    /** Empty: all of them. */
    events: p.json<EventType[]>(),
    /** `whsec_` and base64. Shown once. Null for ingest, whose bearer stays in the configuration. */
    secret: p.text().nullable(),
    /** Signs too until its time is over, so that a receiver can change without a gap. */
    previousSecret: p.text().nullable(),
    previousSecretUntil: p.datetime(6).nullable(),
    disabledAt: p.datetime(6).nullable(),
    disabledReason: p.text().nullable(),
    /** Since when nothing has succeeded; null while it works. */
    failingSince: p.datetime(6).nullable(),
    createdAt: p.datetime(6).onCreate(() => new Date()),
    updatedAt: p
      .datetime(6)
      .onCreate(() => new Date())
      .onUpdate(() => new Date()),
  },
  indexes: [{ name: 'webhook_endpoints_owner', properties: ['ownerId', 'createdAt'] }],
});

export class WebhookEndpoint extends WebhookEndpointSchema.class {}
WebhookEndpointSchema.setClass(WebhookEndpoint);
