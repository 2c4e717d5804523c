import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import { newId } from '../identifiers.ts';
import { enqueueDelivery } from './enqueue-delivery.ts';
import type { EventType } from './event-types.ts';
import { followIngestSettings } from './ingest-endpoint.ts';

type Context = Needs<'enqueue' | 'settings' | 'now'>;

/** Something that happened, as its owner is told of it. */
export interface NewMessage {
  readonly ownerId: string;
  readonly type: EventType;
  /** Names what happened: the second message with the same key is none. */
  readonly dedupeKey: string;
  readonly videoId: string | null;
  /** `data` of the envelope; the whole body for the ingest endpoint. JSON, below 20 kB where videos tell of themselves. */
  readonly data: Readonly<Record<string, unknown>>;
  /** When it happened; now, unless told otherwise. */
  readonly occurredAt?: Date;
}

/**
 * Writes an event down once and queues its deliveries, all in the caller's transaction: to the owner's enabled endpoints
 * that want its type, and for `playlist.ended` to the deployment's ingest endpoint. Safe to call twice.
 */
export async function recordMessage(context: Context, tx: EntityManager, message: NewMessage): Promise<void> {
  const { type, data, dedupeKey, ownerId } = message;
  const occurredAt = message.occurredAt ?? context.now();
  // The envelope of Standard Webhooks 1.0, "Payload structure".
  const body = JSON.stringify({ type, timestamp: occurredAt.toISOString(), data });
  const { rows } = await sql<{ id: string }>`
    select id from webhook_endpoints
    where owner_id = ${ownerId}::uuid and kind = 'standard' and disabled_at is null
      and (events = '[]'::jsonb or events @> ${JSON.stringify([type])}::jsonb)
    for key share`.execute(tx.getKysely());
  const endpointIds = rows.map(({ id }) => id);
  await writeOnce(context, tx, message, { dedupeKey, body, endpointIds });
  if (type !== 'playlist.ended') return;
  const ingestId = await followIngestSettings(context, tx);
  if (ingestId === null) return;
  // Another body than owners get, so another message.
  await writeOnce(context, tx, message, {
    dedupeKey: `ingest:${dedupeKey}`,
    body: JSON.stringify(data),
    endpointIds: [ingestId],
  });
}

async function writeOnce(
  context: Context,
  tx: EntityManager,
  { ownerId, type, videoId }: NewMessage,
  { dedupeKey, body, endpointIds }: { dedupeKey: string; body: string; endpointIds: readonly string[] },
): Promise<void> {
  const kysely = tx.getKysely();
  const now = context.now();
  const messageId = newId();
  const { rows } = await sql`
    insert into webhook_messages (id, owner_id, type, dedupe_key, video_id, body, created_at)
    values (${messageId}, ${ownerId}, ${type}, ${dedupeKey}, ${videoId}, ${body}, ${now})
    on conflict (dedupe_key) do nothing returning id`.execute(kysely);
  if (rows.length === 0) return;
  for (const endpointId of endpointIds) {
    const deliveryId = newId();
    await sql`
      insert into webhook_deliveries (id, endpoint_id, message_id, state, attempts, next_attempt_at, created_at)
      values (${deliveryId}, ${endpointId}, ${messageId}, 'PENDING', 0, ${now}, ${now})`.execute(kysely);
    await enqueueDelivery(context, tx, { deliveryId });
  }
}
