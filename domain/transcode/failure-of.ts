import { TranscodeFailure } from '#providers/transcoders/transcoder.ts';
import type { FailReason } from '../fail-reasons.ts';
import { rejectionOf } from './inspect-source.ts';

/** What ended an attempt: a stable code, a line for people, and whether the same transcoder would fail again. */
export interface Failure {
  readonly reason: FailReason;
  readonly detail: string;
  readonly isFinal: boolean;
}

/** How whatever was thrown ends an attempt. */
export function failureOf(error: unknown): Failure {
  const detail = error instanceof Error ? error.message : String(error);
  const isFinal = error instanceof TranscodeFailure && error.isFinal;
  const rejected = rejectionOf(error);
  if (rejected) return { reason: rejected, detail, isFinal };
  const timedOut = error instanceof TranscodeFailure && error.code === 'TRANSCODE_TIMEOUT';
  return { reason: timedOut ? 'TRANSCODE_TIMEOUT' : 'TRANSCODE_ERROR', detail, isFinal };
}
