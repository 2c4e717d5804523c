import type { FailReason } from '../fail-reasons.ts';
import type { VideoStatus } from './video-states.ts';

/** A video as every dialect presents it. Only READY has a `streamUrl`. */
export interface VideoView {
  readonly id: string;
  readonly ownerId: string;
  readonly title: string;
  readonly description: string | null;
  readonly sourceMime: string | null;
  readonly sourceSizeBytes: number | null;
  readonly status: VideoStatus;
  readonly failReason: FailReason | null;
  readonly streamUrl: string | null;
  readonly posterUrl: string | null;
  /** 0 to 100 while TRANSCODING, else null. */
  readonly progressPercent: number | null;
  readonly durationSeconds: number | null;
  readonly width: number | null;
  readonly height: number | null;
  /** The contract through which it came. */
  readonly createdVia: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Strong validator, with quotes, of what PATCH can change and nothing else (R25). */
  readonly etag: string;
}

/** What anybody with the id of a public video may know. */
export interface WatchView {
  readonly status: VideoStatus;
  readonly title: string;
  readonly posterUrl: string | null;
  readonly streamUrl: string | null;
}
