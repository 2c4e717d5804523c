import type { Needs } from '../context.ts';
import { isDomainError } from '../errors.ts';
import { completeUpload } from './complete-upload.ts';

/** Takes a completion whose claimer is gone to its end. What a client has to mend is left to the client. */
export async function resumeCompletion(
  context: Needs<'em' | 'actor' | 'storage' | 'settings' | 'enqueue' | 'metrics' | 'log' | 'now'>,
  { sessionId }: { sessionId: string },
): Promise<void> {
  try {
    await completeUpload(context, { sessionId });
  } catch (error) {
    if (!isDomainError(error)) throw error;
    context.log.info({ sessionId, code: error.code }, 'interrupted completion was left to its client');
  }
}
