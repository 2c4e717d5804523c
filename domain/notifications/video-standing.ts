import type { FailReason } from '../fail-reasons.ts';
import type { VideoStatus } from '../video/video-states.ts';

/** What a video was when something happened to it. */
export interface VideoStanding {
  readonly status: VideoStatus;
  readonly failReason: FailReason | null;
  /** What players got then. */
  readonly version: string | null;
  /** ISO 8601. */
  readonly at: string;
}
