import { isDatabaseUnavailable } from '#api/problems/database-faults.ts';
import type { Context } from '#domain/context.ts';
import { isDomainError } from '#domain/errors.ts';
import { completeUpload } from '#domain/upload/complete-upload.ts';
import { isStorageError } from '#providers/storage/storage-errors.ts';

/**
 * Completes an upload whose last byte was just acknowledged. A part behind us that is away is no reason to tell the client
 * anything: all bytes are stored, and the job that was queued with the last of them goes on.
 */
export async function completeOrQueue(context: Context, sessionId: string): Promise<void> {
  try {
    await completeUpload(context, { sessionId });
  } catch (error) {
    // Storage may still be joining it, and then it goes on from there.
    const isLater = isDomainError(error, 'parts_missing') || isStorageError(error, 'unavailable');
    if (!isLater && !isDatabaseUnavailable(error)) throw error;
    context.log.warn({ err: error, sessionId }, 'completion of a tus upload is left to its job');
  }
}
