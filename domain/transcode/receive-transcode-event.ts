import { createHash } from 'node:crypto';
import type { Needs } from '../context.ts';
import { newId } from '../identifiers.ts';
import { transaction } from '../transaction.ts';
import { videoNotFound } from '../video/lock-video.ts';
import { Video } from '../video/video.entity.ts';

/** A longer id is kept as its hash: an index entry of Postgres takes 2.7 kB at most. */
const EVENT_ID_LENGTH_MAX = 255;

/** The body of the transcoding webhook. */
export interface TranscodeEvent {
  readonly videoId: string;
  readonly jobId?: string;
  readonly status: 'READY' | 'FAILED';
  readonly durationSeconds?: number;
  readonly width?: number;
  readonly height?: number;
  readonly assets?: readonly {
    readonly type: string;
    readonly quality?: string;
    readonly bandwidth?: number;
    readonly fileKey: string;
  }[];
  readonly failReason?: string;
}

/**
 * Puts an authenticated event into the inbox, once, and has it applied by a job: the answer is quick, and a crash loses
 * nothing (R15). Throws DomainError `video_not_found`.
 *
 * @param eventId the sender's own id of the event; without one the raw body tells repeats
 */
export async function receiveTranscodeEvent(
  { em, enqueue, metrics }: Needs<'em' | 'enqueue' | 'metrics'>,
  { eventId, rawBody, body }: { eventId: string | null; rawBody: string; body: TranscodeEvent },
): Promise<'accepted' | 'duplicate'> {
  const provider = 'webhook';
  const tellsRepeats = eventId ?? `${provider}\n${body.jobId ?? body.videoId}\n${rawBody}`;
  const isShort = eventId !== null && eventId.length <= EVENT_ID_LENGTH_MAX;
  const dedupeKey = isShort ? eventId : createHash('sha256').update(tellsRepeats).digest('hex');
  const result = await transaction(em, async (tx) => {
    if ((await tx.count(Video, { id: body.videoId, deletedAt: null })) === 0)
      throw videoNotFound(body.videoId);
    const id = newId();
    const inserted = await tx.execute<{ id: string }[]>(
      `insert into provider_events (id, provider, dedupe_key, video_id, job_id, body, received_at)
       values (?, ?, ?, ?, ?, ?::jsonb, now()) on conflict (provider, dedupe_key) do nothing returning id`,
      [id, provider, dedupeKey, body.videoId, body.jobId ?? null, JSON.stringify(body)],
    );
    if (inserted.length === 0) return 'duplicate' as const;
    await enqueue(tx, 'apply-provider-event', { eventId: id }, { key: `event:${id}` });
    return 'accepted' as const;
  });
  metrics.webhookReceived(provider, result);
  return result;
}
