import { isStorageError } from '#providers/storage/storage-errors.ts';
import type { FailReason } from '../fail-reasons.ts';
import { BrokenStream } from './read-parts.ts';
import { RefusedSource } from './refused-source.ts';

/** How a session ends that could not be filled. */
export interface SessionEnd {
  readonly to: 'CANCELED' | 'FAILED';
  readonly reason: FailReason;
}

/**
 * What the session of a stream ends with.
 *
 * @param stream its signal, and how its owner names its breaking
 */
export function endOfStream(
  error: unknown,
  { reasonWhenBroken, signal }: { reasonWhenBroken?: (error: unknown) => FailReason; signal?: AbortSignal },
): SessionEnd {
  if (error instanceof RefusedSource) return { to: 'FAILED', reason: error.reason };
  const isBroken = error instanceof BrokenStream;
  if (isBroken && !signal?.aborted && reasonWhenBroken)
    return { to: 'FAILED', reason: reasonWhenBroken(error.cause) };
  if (isBroken || signal?.aborted) return { to: 'CANCELED', reason: 'UPLOAD_CANCELED' };
  return { to: 'FAILED', reason: isStorageError(error) ? 'STORAGE_UNAVAILABLE' : 'UPLOAD_CANCELED' };
}
