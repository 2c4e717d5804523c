import type { AudioTrack, Demuxer, SourceLimits, SourceProbe, VideoTrack } from '../source-inspector.ts';
import { SourceRejected } from '../source-inspector.ts';
import { type FfprobeOutput, type FfprobeStream, isKnown, numberOf } from './ffprobe-output.ts';
import { frameRates, rational } from './frame-rates.ts';
import type { SourceTail } from './source-tail.ts';

/** The video stream to transcode: not a cover, not a thumbnail, with a size. Throws SOURCE_NOT_VIDEO. */
export function videoStreamOf(output: FfprobeOutput): FfprobeStream & { readonly index: number } {
  const candidates = (output.streams ?? []).filter(
    (stream): stream is FfprobeStream & { readonly index: number } =>
      stream.codec_type === 'video' &&
      stream.index !== undefined &&
      isKnown(stream.codec_name) &&
      !stream.disposition?.attached_pic &&
      !stream.disposition?.timed_thumbnails &&
      stream.nb_frames !== '0' &&
      (stream.width ?? 0) > 0 &&
      (stream.height ?? 0) > 0,
  );
  const chosen = candidates.find(({ disposition }) => disposition?.default) ?? candidates[0];
  if (!chosen) throw new SourceRejected('SOURCE_NOT_VIDEO', 'The file has no video track that can be read.');
  return chosen;
}

/** Where the container says that the video ends, on the source's clock. */
export interface DeclaredEnd {
  /** Null where it does not say. */
  readonly endSeconds: number | null;
  /** False where it is the end of the longest track, or of what a writer left in a tag. */
  readonly exact: boolean;
}

/** Only QuickTime's sample tables tell exactly when the video track itself ends. */
export function declaredEnd(demuxer: Demuxer, output: FfprobeOutput, video: FfprobeStream): DeclaredEnd {
  const track = numberOf(video.duration);
  if (track !== null) {
    return { endSeconds: (numberOf(video.start_time) ?? 0) + track, exact: demuxer === 'mov' };
  }
  const file = numberOf(output.format?.duration);
  const endSeconds = file === null ? null : (numberOf(output.format?.start_time) ?? 0) + file;
  return { endSeconds, exact: false };
}

/** Throws SOURCE_TOO_LONG or SOURCE_TOO_COMPLEX (R4). */
export function requireWithinLimits(output: FfprobeOutput, video: FfprobeStream, limits: SourceLimits): void {
  const tooComplex = (detail: string) => new SourceRejected('SOURCE_TOO_COMPLEX', detail);
  const streams = output.format?.nb_streams ?? output.streams?.length ?? 0;
  if (streams > limits.maxStreams) {
    throw tooComplex(`The file has ${streams} streams; ${limits.maxStreams} are allowed.`);
  }
  const [width = 0, height = 0] = [video.width, video.height];
  if (width * height > limits.maxPixels) {
    throw tooComplex(`The picture is ${width} x ${height}; ${limits.maxPixels} pixels are allowed.`);
  }
  const { averageFrameRate } = frameRates(video.avg_frame_rate, video.r_frame_rate);
  const rate = averageFrameRate.numerator / averageFrameRate.denominator;
  // Half a frame a second: a phone's 240 is 240.02.
  if (rate > limits.maxFramesPerSecond + 0.5) {
    throw tooComplex(
      `The video has ${rate.toFixed(1)} frames a second; ${limits.maxFramesPerSecond} are allowed.`,
    );
  }
  const longest = Math.max(numberOf(video.duration) ?? 0, numberOf(output.format?.duration) ?? 0);
  requireDuration(longest, limits);
}

/** Throws SOURCE_TOO_LONG. */
export function requireDuration(seconds: number, limits: SourceLimits): void {
  if (seconds <= limits.maxDurationSeconds) return;
  const detail = `The video lasts ${Math.round(seconds)} s; ${limits.maxDurationSeconds} s are allowed.`;
  throw new SourceRejected('SOURCE_TOO_LONG', detail);
}

/** Puts together what ffprobe said of the streams and what the last packets said of the end. */
export function sourceProbe(
  demuxer: Demuxer,
  output: FfprobeOutput,
  video: FfprobeStream & { readonly index: number },
  tail: SourceTail,
): SourceProbe {
  const startSeconds = numberOf(video.start_time) ?? tail.firstSeconds ?? 0;
  const durationSeconds = toMicroseconds(Math.max(0, (tail.endSeconds ?? startSeconds) - startSeconds));
  return {
    demuxer,
    formatName: output.format?.format_name ?? demuxer,
    durationSeconds,
    streamCount: output.format?.nb_streams ?? output.streams?.length ?? 0,
    bitRateBitsPerSecond: numberOf(output.format?.bit_rate),
    video: videoTrack(video, startSeconds, durationSeconds),
    audio: audioTrack(output),
  };
}

function videoTrack(
  stream: FfprobeStream & { readonly index: number },
  startSeconds: number,
  durationSeconds: number,
): VideoTrack {
  const [codedWidth = 0, codedHeight = 0] = [stream.width, stream.height];
  const rotationDegrees = rotationOf(stream);
  const sampleAspectRatio = rational(stream.sample_aspect_ratio) ?? { numerator: 1, denominator: 1 };
  const shownWidth = Math.max(
    1,
    Math.round((codedWidth * sampleAspectRatio.numerator) / sampleAspectRatio.denominator),
  );
  const upright = rotationDegrees % 180 === 0;
  return {
    streamIndex: stream.index,
    codec: stream.codec_name ?? 'unknown',
    profile: isKnown(stream.profile) ? stream.profile : null,
    level: stream.level !== undefined && stream.level > 0 ? stream.level : null,
    displayWidth: upright ? shownWidth : codedHeight,
    displayHeight: upright ? codedHeight : shownWidth,
    codedWidth,
    codedHeight,
    rotationDegrees,
    sampleAspectRatio,
    ...frameRates(stream.avg_frame_rate, stream.r_frame_rate),
    pixelFormat: stream.pix_fmt ?? 'unknown',
    bitDepth: bitDepthOf(stream),
    hdr: hdrOf(stream.color_transfer),
    interlaced: ['tt', 'bb', 'tb', 'bt'].includes(stream.field_order ?? ''),
    startSeconds,
    durationSeconds,
  };
}

function audioTrack(output: FfprobeOutput): AudioTrack | null {
  const candidates = (output.streams ?? []).filter(
    (stream) =>
      stream.codec_type === 'audio' &&
      isKnown(stream.codec_name) &&
      stream.nb_frames !== '0' &&
      (stream.channels ?? 0) > 0 &&
      (numberOf(stream.sample_rate) ?? 0) > 0,
  );
  const stream = candidates.find(({ disposition }) => disposition?.default) ?? candidates[0];
  if (stream?.index === undefined) return null;
  return {
    streamIndex: stream.index,
    codec: stream.codec_name ?? 'unknown',
    channels: stream.channels ?? 0,
    sampleRateHz: numberOf(stream.sample_rate) ?? 0,
    startSeconds: numberOf(stream.start_time) ?? 0,
  };
}

/** Clockwise, as the player must turn the picture. ffprobe counts the matrix the other way round. */
function rotationOf(stream: FfprobeStream): VideoTrack['rotationDegrees'] {
  const matrix = stream.side_data_list?.find((data) => typeof data.rotation === 'number')?.rotation;
  const clockwise = matrix !== undefined ? -matrix : (numberOf(stream.tags?.rotate) ?? 0);
  const quarters = ((Math.round(clockwise / 90) % 4) + 4) % 4;
  return ([0, 90, 180, 270] as const)[quarters] ?? 0;
}

function bitDepthOf({ bits_per_raw_sample, pix_fmt }: FfprobeStream): number {
  const named = /(?:p0?|gray)(9|10|12|14|16)(?:le|be)?$/.exec(pix_fmt ?? '')?.[1];
  return Number(named ?? (numberOf(bits_per_raw_sample) || 8));
}

function hdrOf(transfer: string | undefined): VideoTrack['hdr'] {
  if (transfer === 'smpte2084') return 'pq';
  return transfer === 'arib-std-b67' ? 'hlg' : null;
}

/** ffprobe's own precision; sums of its numbers would look finer. */
function toMicroseconds(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}
