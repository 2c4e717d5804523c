import type { Platform } from '#bootstrap/platform.ts';
import type { UploadLocks } from '#domain/upload/upload-locks.ts';
import type { TusSpool } from '#providers/storage/tus-spool.ts';

/** What the tus routes of one API share. */
export interface TusParts {
  readonly platform: Platform;
  readonly spool: TusSpool;
  readonly locks: UploadLocks;
  /** What stands before `/api/tus` where clients see it; empty as a rule. */
  readonly pathPrefix: string;
}
