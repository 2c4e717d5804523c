import type { Rational, SourceObject, SourceProbe, SourceRejected } from './source-inspector.ts';

export type TranscoderName = 'ffmpeg' | 'coconut' | 'mediaconvert';

/** Who made a version: a transcoder, or its owner, whose ready-made HLS set was taken over as it is. */
export type VersionMaker = TranscoderName | 'import';

/** One rung of the ladder. Sizes are even and never above the source's. */
export interface Rendition {
  /** Its name in paths and in the API: `1080p`, by the short side. */
  readonly label: string;
  readonly width: number;
  readonly height: number;
  readonly maxVideoBitsPerSecond: number;
}

/**
 * A range of output frames on the one frame grid of the whole video: frames [startFrame, endFrame) at
 * `framesPerSecond`. A whole video is the simplest case; a chunk is the same with other numbers.
 */
export interface FrameRange {
  readonly framesPerSecond: Rational;
  readonly startFrame: number;
  /** Exclusive. `null`: to the end of the source. */
  readonly endFrame: number | null;
}

/** What a transcoder is asked to make. Complete: an adapter needs nothing else. */
export interface TranscodeOrder {
  /** Our attempt. The same id twice publishes one result (R15). */
  readonly jobId: string;
  readonly videoId: string;
  readonly source: SourceObject;
  readonly probe: SourceProbe;
  /** Highest first, at least one. */
  readonly ladder: readonly Rendition[];
  readonly range: FrameRange;
  /** Every output key begins with this; ends with a slash. Never used by any other attempt. */
  readonly outputPrefix: string;
  readonly segmentContainer: 'fmp4' | 'ts';
  /** Nominal length of a segment; a GOP is half of it. */
  readonly segmentSeconds: number;
  readonly audioBitsPerSecond: number;
  /** Also one MP4 a rendition, with the sound, `{label}.mp4` under the prefix. Needs `fmp4` segments. */
  readonly mp4Renditions: boolean;
}

/** What was made. Keys are whole object keys under the order's output prefix. */
export interface TranscodeOutput {
  readonly masterKey: string;
  readonly durationSeconds: number;
  readonly assets: readonly OutputAsset[];
}

export interface OutputAsset {
  readonly type: 'HLS_RENDITION' | 'HLS_AUDIO' | 'MP4' | 'STORYBOARD' | 'THUMBNAIL';
  readonly qualityLabel: string;
  readonly key: string;
  readonly bandwidthBitsPerSecond: number | null;
  readonly width: number | null;
  readonly height: number | null;
  /** RFC 6381, for instance `avc1.640028`. */
  readonly codec: string | null;
  readonly container: 'm3u8' | 'ts' | 'fmp4' | 'mp4' | 'jpg' | 'vtt';
}

export type TranscodeStatus =
  | { readonly state: 'unknown' }
  | { readonly state: 'running'; readonly progressPercent: number }
  | { readonly state: 'succeeded'; readonly output: TranscodeOutput }
  | { readonly state: 'failed'; readonly error: TranscodeFailure | SourceRejected }
  | { readonly state: 'canceled' };

/** Codes an attempt can fail with besides a SourceRejected. */
export type TranscodeFailureCode = 'TRANSCODE_ERROR' | 'TRANSCODE_TIMEOUT';

/** The transcoder failed; another attempt may do better. `message` is scrubbed of addresses and secrets. */
export class TranscodeFailure extends Error {
  override readonly name = 'TranscodeFailure';
  readonly code: TranscodeFailureCode;

  constructor(code: TranscodeFailureCode, detail: string, options?: { cause?: unknown }) {
    super(detail, options);
    this.code = code;
  }
}

/** An accepted order. */
export interface Submission {
  readonly providerJobId: string;
  /**
   * Only of a transcoder that works inside this process: settles with the work, rejects with SourceRejected,
   * TranscodeFailure, or an AbortError after `cancel`. Absent: the provider works elsewhere and is asked by `status`.
   */
  readonly done?: Promise<TranscodeOutput>;
}

/** Turns a source into HLS renditions under a prefix of the media bucket. */
export interface Transcoder {
  readonly name: TranscoderName;

  /** Starts the work. Throws SourceRejected or TranscodeFailure; anything else means that nothing was accepted. */
  submit(order: TranscodeOrder): Promise<Submission>;

  /** `unknown` when this transcoder has never heard of the job, or has forgotten it. */
  status(providerJobId: string): Promise<TranscodeStatus>;

  /** Best effort. A job that is unknown or over is not an error. Resolves when nothing of it runs here any more. */
  cancel(providerJobId: string): Promise<void>;
}

/** What a provider tells us, authenticated. A hint: state moves only after asking the provider or the storage (R15). */
export interface ProviderNotification {
  readonly eventId: string | null;
  readonly jobId: string;
  readonly providerJobId: string;
  readonly status: TranscodeStatus;
}

/** The ability to be told instead of asked. */
export interface NotifyingTranscoder extends Transcoder {
  /** Throws when the request is not provably the provider's. */
  parseNotification(request: Request): Promise<ProviderNotification>;
}
