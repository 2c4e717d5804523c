import type { Needs } from '../context.ts';
import type { CompletionView } from './upload-view.ts';

export interface StreamSource {
  /** A live S3_MULTIPART session; its part size decides how the stream is cut. */
  readonly sessionId: string;
  readonly body: AsyncIterable<Uint8Array>;
  /** More than this ends the session with UPLOAD_TOO_LARGE. */
  readonly maxSizeBytes: number;
  readonly signal?: AbortSignal;
}

/**
 * Placeholder of the skeleton. Stores a stream as the parts of a session, a part or two in memory at a time, and completes it. A
 * stream that breaks, is empty or too large ends the session; nothing of it stays in storage.
 */
export function streamSource(
  _context: Needs<'em' | 'actor' | 'storage' | 'settings' | 'enqueue' | 'metrics' | 'log' | 'now'>,
  _input: StreamSource,
): Promise<CompletionView> {
  return Promise.reject(new Error('not built'));
}
