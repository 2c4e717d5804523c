/** What went wrong in storage, in words that hold for every S3 server. */
export type StorageErrorCode =
  | 'object_not_found'
  | 'object_changed'
  | 'range_not_satisfiable'
  | 'object_archived'
  | 'restore_unsupported'
  | 'multipart_not_found'
  | 'parts_rejected'
  | 'bucket_not_found'
  | 'access_refused'
  | 'clock_skewed'
  | 'unavailable'
  | 'rejected';

/** The only error that leaves a storage adapter. `message` is one line for an operator, without secrets. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: StorageErrorCode;

  constructor(code: StorageErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** True when `error` is a StorageError with one of the codes. */
export function isStorageError(error: unknown, ...codes: StorageErrorCode[]): error is StorageError {
  return error instanceof StorageError && (codes.length === 0 || codes.includes(error.code));
}
