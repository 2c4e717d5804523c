/** What an event tells of a video: status, reason, version and stream as they were when it happened. */
export interface VideoEventData<Status extends string> {
  readonly id: string;
  readonly title: string;
  readonly status: Status;
  /** A stable code such as `SOURCE_NOT_VIDEO`; null unless the video is FAILED. */
  readonly failReason: string | null;
  readonly version: string | null;
  /** The HLS master playlist of that version; null unless it can be played. */
  readonly streamUrl: string | null;
  readonly posterUrl: string | null;
  readonly durationSeconds: number | null;
  /** What the video was created with; null where it is more than an event carries. */
  readonly metadata: Readonly<Record<string, unknown>> | null;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** One entry of a playlist, in its place. */
export interface PlaylistEventVideo {
  /** Null for an entry that never became a video. */
  readonly id: string | null;
  readonly title: string;
  readonly status: 'READY' | 'FAILED';
  readonly streamUrl: string | null;
  readonly durationSeconds: number | null;
  readonly failReason: string | null;
}

/** What each type of event carries. */
export interface EventData {
  /** The file is whole in storage. UPLOADED, or READY where it becomes the next version. */
  readonly 'video.upload.completed': VideoEventData<string>;
  /** A version can be played. */
  readonly 'video.asset.ready': VideoEventData<'READY'>;
  /** The video is FAILED; `failReason` says why. */
  readonly 'video.asset.errored': VideoEventData<'FAILED'>;
  /** Every entry of a playlist is READY or FAILED. */
  readonly 'playlist.ended': {
    readonly playlistId: string;
    readonly title: string;
    readonly videos: readonly PlaylistEventVideo[];
  };
  /** Somebody tries the endpoint. */
  readonly 'endpoint.test': { readonly endpointId: string };
}

/** An event, told apart by `type`. Types are added in time: leave a branch for those that you do not know. */
export type WebhookEvent = {
  readonly [Type in keyof EventData]: {
    readonly type: Type;
    /** When it happened, ISO 8601. */
    readonly timestamp: string;
    readonly data: EventData[Type];
  };
}[keyof EventData];
