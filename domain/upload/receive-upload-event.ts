import type { Needs } from '../context.ts';
import { isDomainError } from '../errors.ts';
import { videoNotFound } from '../video/lock-video.ts';
import { completeUpload } from './complete-upload.ts';
import { UploadSession } from './upload-session.entity.ts';

/** Answers after which the sender has nothing more to do: the session is over, or somebody has it in hand. */
const SETTLED = ['upload_closed', 'upload_expired', 'completing', 'file_too_large', 'empty_file'] as const;

/**
 * Somebody who is trusted says that an upload is finished: the same completion runs as when the client says so. A
 * second or late message changes nothing. Throws DomainError `video_not_found`, and what keeps the upload from being
 * whole, so that the sender tries again.
 */
export async function receiveUploadEvent(
  context: Needs<'em' | 'actor' | 'storage' | 'settings' | 'enqueue' | 'metrics' | 'log' | 'now'>,
  { uploadSessionId, videoId }: { uploadSessionId: string; videoId: string },
): Promise<void> {
  const known = await context.em.fork().count(UploadSession, { id: uploadSessionId, videoId });
  if (known === 0) throw videoNotFound(videoId);
  try {
    await completeUpload(context, { sessionId: uploadSessionId });
  } catch (error) {
    if (isDomainError(error, 'upload_not_found')) throw videoNotFound(videoId);
    if (!isDomainError(error, ...SETTLED)) throw error;
  }
}
