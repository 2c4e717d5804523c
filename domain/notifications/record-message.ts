import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import type { EventType } from './event-types.ts';
import { followIngestSettings } from './ingest-endpoint.ts';
import { writeMessage } from './write-message.ts';

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
  const { type, data, dedupeKey, ownerId, videoId } = message;
  const occurredAt = message.occurredAt ?? context.now();
  // The envelope of Standard Webhooks 1.0, "Payload structure".
  const body = JSON.stringify({ type, timestamp: occurredAt.toISOString(), data });
  const { rows } = await sql<{ id: string }>`
    select id from webhook_endpoints
    where owner_id = ${ownerId}::uuid and kind = 'standard' and disabled_at is null
      and (events = '[]'::jsonb or events @> ${JSON.stringify([type])}::jsonb)
    for key share`.execute(tx.getKysely());
  const endpointIds = rows.map(({ id }) => id);
  await writeMessage(context, tx, { ownerId, type, videoId, dedupeKey, body, endpointIds });
  if (type !== 'playlist.ended') return;
  const ingestId = await followIngestSettings(context, tx);
  if (ingestId === null) return;
  // Another body than owners get, so another message.
  await writeMessage(context, tx, {
    ownerId,
    type,
    videoId,
    dedupeKey: `ingest:${dedupeKey}`,
    body: JSON.stringify(data),
    endpointIds: [ingestId],
  });
}
