import { createHash } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { newId } from '../identifiers.ts';
import type { Enqueue } from '../jobs.ts';

/** A longer id is kept as its hash: an index entry of Postgres takes 2.7 kB at most. So is one that is no plain text. */
const EVENT_ID_LENGTH_MAX = 255;
/** Postgres refuses NUL in a text. */
const PLAIN_ID = /^[^\p{Cc}\p{Cs}]*$/u;

export interface InboxEvent {
  readonly provider: string;
  /** The sender's own id of the event; without one its submission and the raw body tell repeats. */
  readonly eventId: string | null;
  readonly submission: string;
  readonly rawBody: string;
  readonly videoId: string;
  readonly jobId: string | null;
  /** What is kept of it. */
  readonly body: object;
}

/** Puts an authenticated event into the inbox, once, with the job that applies it (R15). */
export async function putIntoInbox(
  tx: EntityManager,
  enqueue: Enqueue,
  event: InboxEvent,
): Promise<'accepted' | 'duplicate'> {
  const id = newId();
  const inserted = await tx.execute<{ id: string }[]>(
    `insert into provider_events (id, provider, dedupe_key, video_id, job_id, body, received_at)
     values (?, ?, ?, ?, ?, ?::jsonb, now()) on conflict (provider, dedupe_key) do nothing returning id`,
    [id, event.provider, dedupeKeyOf(event), event.videoId, event.jobId, JSON.stringify(event.body)],
  );
  if (inserted.length === 0) return 'duplicate';
  await enqueue(tx, 'apply-provider-event', { eventId: id }, { key: `event:${id}` });
  return 'accepted';
}

function dedupeKeyOf({ provider, eventId, submission, rawBody }: InboxEvent): string {
  if (eventId !== null && eventId.length <= EVENT_ID_LENGTH_MAX && PLAIN_ID.test(eventId)) return eventId;
  return createHash('sha256')
    .update(eventId ?? `${provider}\n${submission}\n${rawBody}`)
    .digest('hex');
}
