import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import { newId } from '../identifiers.ts';
import { enqueueDelivery } from './enqueue-delivery.ts';
import type { MessageType } from './event-types.ts';

export interface WrittenMessage {
  readonly ownerId: string;
  readonly type: MessageType;
  readonly dedupeKey: string;
  readonly videoId: string | null;
  /** What is signed and sent, byte for byte. */
  readonly body: string;
  readonly endpointIds: readonly string[];
}

/** Keeps a message and queues its deliveries; none where its key is known already. Answers the ids of the deliveries. */
export async function writeMessage(
  context: Needs<'enqueue' | 'now'>,
  tx: EntityManager,
  { ownerId, type, dedupeKey, videoId, body, endpointIds }: WrittenMessage,
): Promise<string[]> {
  const kysely = tx.getKysely();
  const now = context.now();
  const messageId = newId();
  const { rows } = await sql`
    insert into webhook_messages (id, owner_id, type, dedupe_key, video_id, body, created_at)
    values (${messageId}, ${ownerId}, ${type}, ${dedupeKey}, ${videoId}, ${body}, ${now})
    on conflict (dedupe_key) do nothing returning id`.execute(kysely);
  if (rows.length === 0) return [];
  const deliveryIds = endpointIds.map(() => newId());
  for (const [index, endpointId] of endpointIds.entries()) {
    const deliveryId = deliveryIds[index] ?? '';
    await sql`
      insert into webhook_deliveries (id, endpoint_id, message_id, state, attempts, next_attempt_at, created_at)
      values (${deliveryId}, ${endpointId}, ${messageId}, 'PENDING', 0, ${now}, ${now})`.execute(kysely);
    await enqueueDelivery(context, tx, { deliveryId });
  }
  return deliveryIds;
}
