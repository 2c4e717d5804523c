import type { FailReason } from '../fail-reasons.ts';
import type { VideoStatus } from '../video/video-states.ts';
import type { PlaylistEntryState } from './playlist-entry.entity.ts';
import type { PlaylistState } from './playlist-states.ts';

export interface PlaylistSummary {
  readonly id: string;
  readonly title: string;
  readonly fileName: string;
  readonly state: PlaylistState;
  readonly failReason: FailReason | null;
  /** What was found, in words. */
  readonly failDetail: string | null;
  readonly createdAt: Date;
}

/** One entry in its place. What comes of its video is null where it has none, or none any more. */
export interface PlaylistVideo {
  /** From 0. */
  readonly position: number;
  /** Its path in the archive, or the lone file's name. */
  readonly name: string;
  readonly state: PlaylistEntryState;
  readonly videoId: string | null;
  readonly status: VideoStatus | null;
  /** Of the entry where it was refused, else of its video. */
  readonly failReason: FailReason | null;
  readonly title: string | null;
  readonly streamUrl: string | null;
  readonly posterUrl: string | null;
  readonly durationSeconds: number | null;
}

/** Entries by state, and accepted ones by what became of their video. */
export interface PlaylistCounts {
  readonly total: number;
  readonly pending: number;
  readonly accepted: number;
  readonly refused: number;
  readonly ignored: number;
  readonly ready: number;
  readonly failed: number;
}

export interface PlaylistView extends PlaylistSummary {
  readonly counts: PlaylistCounts;
  readonly videos: readonly PlaylistVideo[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}
