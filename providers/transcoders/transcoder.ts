import type { Rational, SourceObject, SourceProbe, SourceRejected } from './source-inspector.ts';

export const TRANSCODER_NAMES = ['ffmpeg', 'coconut', 'mediaconvert'] as const;
export type TranscoderName = (typeof TRANSCODER_NAMES)[number];

/** Those that work elsewhere: they are handed an order, and tell or are asked how it stands. */
export type RemoteTranscoderName = Exclude<TranscoderName, 'ffmpeg'>;

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
  /** Also one MP4 a rendition, with the sound, `{label}.mp4` under the prefix. Our FFmpeg needs `fmp4` segments for it. */
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

/**
 * The transcoder failed; another attempt may do better, unless `isFinal`: then the same transcoder will fail again in the
 * same way, and only another one can help. `message` is scrubbed of addresses and secrets.
 */
export class TranscodeFailure extends Error {
  override readonly name = 'TranscodeFailure';
  readonly code: TranscodeFailureCode;
  readonly isFinal: boolean;

  constructor(code: TranscodeFailureCode, detail: string, options?: { cause?: unknown; isFinal?: boolean }) {
    super(detail, options);
    this.code = code;
    this.isFinal = options?.isFinal ?? false;
  }
}

/** Why a transcoder could not be asked. Says nothing about any job. */
export type UnavailableCode =
  /** No connection, no answer in time, a 5xx, or an answer that is none of the protocol's. */
  | 'transcoder_unreachable'
  /** It said: later (429, TooManyRequests). */
  | 'transcoder_throttled'
  /** It does not take our credentials, or the account is closed: people have to act. */
  | 'transcoder_refused';

/** The transcoder could not be asked. Nothing failed: whoever asked waits and asks again (R8, R15). */
export class TranscoderUnavailable extends Error {
  override readonly name = 'TranscoderUnavailable';
  readonly code: UnavailableCode;
  /** What it asked us to wait; null where it did not say. */
  readonly retryAfterSeconds: number | null;
  /** True when a submission may have been accepted although we never heard so: the answer was lost. */
  readonly maybeAccepted: boolean;

  constructor(
    code: UnavailableCode,
    detail: string,
    options: { cause?: unknown; retryAfterSeconds?: number | null; maybeAccepted?: boolean } = {},
  ) {
    super(detail, options);
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
    this.maybeAccepted = options.maybeAccepted ?? false;
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

/** A job that a transcoder was given, and what it was asked to make. */
export interface SubmittedJob {
  readonly providerJobId: string;
  readonly order: TranscodeOrder;
}

/** Turns a source into HLS renditions under a prefix of the media bucket. */
export interface Transcoder {
  readonly name: TranscoderName;

  /**
   * Starts the work. Throws SourceRejected, TranscodeFailure, TranscoderUnavailable; anything else means that nothing
   * was accepted. The same order twice in one process gives the same job.
   */
  submit(order: TranscodeOrder): Promise<Submission>;

  /**
   * `unknown` when this transcoder has never heard of the job, or has forgotten it. Throws TranscoderUnavailable, and
   * whatever reading its outputs throws.
   */
  status(job: SubmittedJob): Promise<TranscodeStatus>;

  /** Best effort. A job that is unknown or over is not an error. Resolves when nothing of it runs here any more. */
  cancel(providerJobId: string): Promise<void>;

  /**
   * The provider's id of an order whose submission was interrupted, or null when it has none such. Only of providers that
   * can be asked by our own id. Throws TranscoderUnavailable.
   */
  findSubmission?(order: TranscodeOrder): Promise<string | null>;
}

/** What a provider tells us, authenticated. A hint: state moves only after asking the provider or the storage (R15). */
export interface ProviderNotification {
  /** The provider's own id of the event, where it has one. */
  readonly eventId: string | null;
  /** The order that it speaks of, by our id: from the URL that only that order was given, or echoed by the provider. */
  readonly jobId: string;
  readonly providerJobId: string;
  /** `progress` moves a number; `ended` has the provider asked how the job stands. */
  readonly kind: 'progress' | 'ended';
  /** 0 to 100, where it says so. */
  readonly progressPercent: number | null;
}

/** The request is not provably the provider's. */
export class NotificationRejected extends Error {
  override readonly name = 'NotificationRejected';
}

/** The ability to be told instead of asked. */
export interface NotifyingTranscoder extends Transcoder {
  /**
   * Reads one webhook request. Null: authentic, but about nothing of ours (another queue, a kind of event that moves
   * nothing). Throws NotificationRejected when it is not provably the provider's, and NotificationMalformed.
   */
  parseNotification(request: NotificationRequest): Promise<ProviderNotification | null>;
}

/** One webhook request, as far as providers may look at it. */
export interface NotificationRequest {
  /** The whole URL as it came, with its query. */
  readonly url: URL;
  readonly headers: Headers;
  readonly rawBody: string;
}

/** Authentic, but not of the form that the provider documents. */
export class NotificationMalformed extends Error {
  override readonly name = 'NotificationMalformed';
}

/** True for a transcoder that reports by webhook. */
export function notifies(transcoder: Transcoder): transcoder is NotifyingTranscoder {
  return 'parseNotification' in transcoder;
}
