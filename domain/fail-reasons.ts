/** Why a video is FAILED, or an attempt ended. Stable codes of the API; docs/fail-reasons.md says what to do. */
export const FAIL_REASONS = [
  'SOURCE_EMPTY',
  'SOURCE_TRUNCATED',
  'SOURCE_NOT_VIDEO',
  'SOURCE_FORMAT_FORBIDDEN',
  'SOURCE_CHANGED',
  'SOURCE_MISSING',
  'SOURCE_TOO_LONG',
  'SOURCE_TOO_COMPLEX',
  'UPLOAD_CANCELED',
  'UPLOAD_EXPIRED',
  'UPLOAD_MISMATCH',
  'UPLOAD_TOO_LARGE',
  'HLS_SET_INVALID',
  'ARCHIVE_DAMAGED',
  'ARCHIVE_ENCRYPTED',
  'ARCHIVE_NESTED',
  'ARCHIVE_BOMB',
  'ARCHIVE_TOO_MANY_ENTRIES',
  'ARCHIVE_EMPTY',
  'ARCHIVE_ENTRY_DAMAGED',
  'ARCHIVE_PATH_FORBIDDEN',
  'ARCHIVE_METHOD_UNSUPPORTED',
  'STORAGE_UNAVAILABLE',
  'TRANSCODE_ERROR',
  'TRANSCODE_TIMEOUT',
  'WORKER_LOST',
  'ROLLBACK',
] as const;

export type FailReason = (typeof FAIL_REASONS)[number];

/** The source is at fault, so another attempt would end the same. */
export function isSourceFault(reason: FailReason): boolean {
  return reason.startsWith('SOURCE_');
}
