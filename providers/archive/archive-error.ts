import type { ArchiveErrorCode } from './archive-reader.ts';

/** What is wrong with an archive, for whoever uploaded it. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
  readonly code: ArchiveErrorCode;

  constructor(code: ArchiveErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
