import { DomainError } from '../errors.ts';
import type { FailReason } from '../fail-reasons.ts';

/** What was sent can never be the source: its session ends with `reason`, and its sender is told `refusal`. */
export class RefusedSource extends Error {
  override readonly name = 'RefusedSource';
  readonly reason: FailReason;
  readonly refusal: DomainError;

  constructor(reason: FailReason, refusal: DomainError) {
    super(refusal.message);
    this.reason = reason;
    this.refusal = refusal;
  }
}

export function tooLarge(maxSizeBytes: number): RefusedSource {
  const refusal = new DomainError(
    'file_too_large',
    `More than the ${maxSizeBytes} bytes came that are taken; start a new upload with a smaller file`,
  );
  return new RefusedSource('UPLOAD_TOO_LARGE', refusal);
}

export function otherSize(announcedBytes: number, foundBytes: number): RefusedSource {
  const refusal = new DomainError(
    'parts_mismatch',
    `Storage has ${foundBytes} bytes, not ${announcedBytes}; start a new upload`,
  );
  return new RefusedSource('UPLOAD_MISMATCH', refusal);
}

export function empty(): RefusedSource {
  const refusal = new DomainError('empty_file', 'The file has no bytes; start a new upload');
  return new RefusedSource('SOURCE_EMPTY', refusal);
}
