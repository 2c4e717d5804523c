import { defineEntity, p } from '@mikro-orm/core';
import { newId } from '../identifiers.ts';

/** The inbox: each event of a provider once, whatever it sends (R15). */
const ProviderEventSchema = defineEntity({
  name: 'ProviderEvent',
  tableName: 'provider_events',
  properties: {
    id: p.uuid().primary().onCreate(newId),
    provider: p.text(),
    /** The provider's event id, else SHA-256 of provider, submission and raw body. */
    dedupeKey: p.text(),
    videoId: p.uuid().nullable(),
    jobId: p.uuid().nullable(),
    body: p.json<Record<string, unknown>>(),
    receivedAt: p.datetime(6).onCreate(() => new Date()),
    /** Set in the transaction that moved the state, or found that nothing moves. */
    processedAt: p.datetime(6).nullable(),
    outcome: p.text().nullable(),
  },
  uniques: [{ name: 'provider_events_once', properties: ['provider', 'dedupeKey'] }],
  indexes: [
    { name: 'provider_events_unprocessed', properties: ['processedAt', 'receivedAt'] },
    { name: 'provider_events_video', properties: ['videoId'] },
  ],
});

export class ProviderEvent extends ProviderEventSchema.class {}
ProviderEventSchema.setClass(ProviderEvent);
