/** The demuxers that we let FFmpeg use; each is named on its command line, never guessed (R1). */
export type Demuxer = 'mov' | 'matroska' | 'avi' | 'asf' | 'mpegts';

/** A verified source object. Reads are pinned to `etag`: other bytes under the same key are refused. */
export interface SourceObject {
  readonly key: string;
  readonly etag: string;
  readonly sizeBytes: number;
  readonly demuxer: Demuxer;
}

/** A fraction; frame rates such as 30000/1001 stay exact. */
export interface Rational {
  readonly numerator: number;
  readonly denominator: number;
}

export interface VideoTrack {
  /** Index among all streams of the file. */
  readonly streamIndex: number;
  readonly codec: string;
  readonly profile: string | null;
  readonly level: number | null;
  /** Size as displayed: after rotation and sample aspect ratio. Pixels. */
  readonly displayWidth: number;
  readonly displayHeight: number;
  /** Size as coded, before rotation. Pixels. */
  readonly codedWidth: number;
  readonly codedHeight: number;
  readonly rotationDegrees: 0 | 90 | 180 | 270;
  readonly sampleAspectRatio: Rational;
  /** The average rate; for VFR the rate of the frames that are there. */
  readonly averageFrameRate: Rational;
  /** The file's own base rate (r_frame_rate): the finest grid on which its timestamps lie. */
  readonly baseFrameRate: Rational;
  readonly variableFrameRate: boolean;
  readonly pixelFormat: string;
  readonly bitDepth: number;
  readonly hdr: 'pq' | 'hlg' | null;
  readonly interlaced: boolean;
  readonly startSeconds: number;
  readonly durationSeconds: number;
}

export interface AudioTrack {
  readonly streamIndex: number;
  readonly codec: string;
  readonly channels: number;
  readonly sampleRateHz: number;
  readonly startSeconds: number;
}

/** What ffprobe found in a source: enough to plan the ladder and the encode without opening it again. */
export interface SourceProbe {
  readonly demuxer: Demuxer;
  /** ffprobe's format_name, for instance `mov,mp4,m4a,3gp,3g2,mj2`. */
  readonly formatName: string;
  /** Length of the video as it will be shown: that of the video track. Seconds. */
  readonly durationSeconds: number;
  readonly streamCount: number;
  readonly bitRateBitsPerSecond: number | null;
  readonly video: VideoTrack;
  readonly audio: AudioTrack | null;
}

/** Codes that end a source for good. They are never retried. */
export type SourceRejectionCode =
  | 'SOURCE_EMPTY'
  | 'SOURCE_TRUNCATED'
  | 'SOURCE_NOT_VIDEO'
  | 'SOURCE_FORMAT_FORBIDDEN'
  | 'SOURCE_CHANGED'
  | 'SOURCE_TOO_LONG'
  | 'SOURCE_TOO_COMPLEX';

/** The source itself is at fault: trying again gives the same. */
export class SourceRejected extends Error {
  override readonly name = 'SourceRejected';
  readonly code: SourceRejectionCode;

  constructor(code: SourceRejectionCode, detail: string, options?: { cause?: unknown }) {
    super(detail, options);
    this.code = code;
  }
}

/** The limits that hold before anything is decoded (R4). */
export interface SourceLimits {
  readonly maxDurationSeconds: number;
  /** Of one frame, for instance 8192 x 4320. */
  readonly maxPixels: number;
  readonly maxStreams: number;
  readonly maxFramesPerSecond: number;
}

/** Looks into a source without transcoding it. */
export interface SourceInspector {
  /** Throws SourceRejected; any other error is transient. Nothing is decoded before the limits are checked. */
  inspect(source: SourceObject, limits: SourceLimits, options: { signal: AbortSignal }): Promise<SourceProbe>;

  /** One JPEG of at most 1280 pixels on its long side, taken a little after the start. Throws as `inspect`. */
  poster(source: SourceObject, probe: SourceProbe, options: { signal: AbortSignal }): Promise<Uint8Array>;
}
