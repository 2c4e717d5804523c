import type { UploadSessionStatus } from './upload-session-states.ts';

/** An upload session as every dialect presents it. */
export interface UploadView {
  readonly id: string;
  readonly videoId: string;
  readonly status: UploadSessionStatus;
  /** Read from storage, not from what a client claims. */
  readonly bytesUploaded: number;
  readonly sizeBytes: number | null;
  readonly partSizeBytes: number;
  readonly partCount: number | null;
  /** Numbers of the parts that storage has, as ranges: "1-40,42". */
  readonly stored: string;
  readonly expiresAt: Date;
}

/** One signed part. */
export interface SignedPart {
  readonly partNumber: number;
  readonly url: string;
  readonly sizeBytes: number | null;
  readonly expiresAt: Date;
}

/** `completing`: storage is still at it; ask again by `getUpload`. */
export interface CompletionView {
  readonly outcome: 'completed' | 'completing';
  readonly upload: UploadView;
}
