import type { Needs } from '../context.ts';
import { transaction } from '../transaction.ts';
import { videoNotFound } from '../video/lock-video.ts';
import { Video } from '../video/video.entity.ts';
import { putIntoInbox } from './provider-inbox.ts';

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
  const { videoId } = body;
  const submission = body.jobId ?? videoId;
  const result = await transaction(em, async (tx) => {
    if ((await tx.count(Video, { id: videoId, deletedAt: null })) === 0) throw videoNotFound(videoId);
    const jobId = body.jobId ?? null;
    return putIntoInbox(tx, enqueue, { provider, eventId, submission, rawBody, videoId, jobId, body });
  });
  metrics.webhookReceived(provider, result);
  return result;
}
