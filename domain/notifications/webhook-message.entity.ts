import { defineEntity, p } from '@mikro-orm/core';
import { newId } from '../identifiers.ts';
import type { MessageType } from './event-types.ts';

/** One event as receivers get it. Its id is `webhook-id`, the same for every attempt. */
const WebhookMessageSchema = defineEntity({
  name: 'WebhookMessage',
  tableName: 'webhook_messages',
  properties: {
    id: p.uuid().primary().onCreate(newId),
    ownerId: p.uuid(),
    type: p.text().$type<MessageType>(),
    /** What happened, once: a job that runs twice makes one message. */
    dedupeKey: p.text().unique(),
    videoId: p.uuid().nullable(),
    /** The body, byte for byte as text: what is signed is what is sent. */
    body: p.text(),
    createdAt: p.datetime(6).onCreate(() => new Date()),
  },
  indexes: [
    { name: 'webhook_messages_owner', properties: ['ownerId', 'createdAt', 'id'] },
    { name: 'webhook_messages_created', properties: ['createdAt'] },
    { name: 'webhook_messages_video', properties: ['videoId'] },
  ],
});

export class WebhookMessage extends WebhookMessageSchema.class {}
WebhookMessageSchema.setClass(WebhookMessage);
