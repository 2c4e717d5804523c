import type { Rational } from '../source-inspector.ts';

export interface PlaylistSegment {
  readonly name: string;
  readonly sizeBytes: number;
  readonly durationSeconds: number;
}

/** A complete media playlist (RFC 8216): every URI relative, the end marked. `initName` null: no EXT-X-MAP. */
export function mediaPlaylist(segments: readonly PlaylistSegment[], initName: string | null): string {
  return [
    '#EXTM3U',
    `#EXT-X-VERSION:${initName ? 7 : 3}`,
    `#EXT-X-TARGETDURATION:${targetDuration(segments)}`,
    '#EXT-X-MEDIA-SEQUENCE:0',
    '#EXT-X-PLAYLIST-TYPE:VOD',
    ...(initName ? [`#EXT-X-MAP:URI="${initName}"`] : []),
    ...segments.flatMap(({ name, durationSeconds }) => [`#EXTINF:${durationSeconds.toFixed(6)},`, name]),
    '#EXT-X-ENDLIST',
    '',
  ].join('\n');
}

/** Each EXTINF, rounded to the nearest second, must be at most this (RFC 8216, 4.3.3.1). */
export function targetDuration(segments: readonly PlaylistSegment[]): number {
  return Math.max(1, ...segments.map(({ durationSeconds }) => Math.round(durationSeconds)));
}

/** Bits a second over everything. */
export function averageBandwidth(segments: readonly PlaylistSegment[]): number {
  return Math.ceil(bitRate(segments));
}

/**
 * The highest bit rate of any run of neighbours that lasts 0.5 to 1.5 target durations (RFC 8216, 4.1): a last segment
 * of one frame does not count alone.
 */
export function peakBandwidth(segments: readonly PlaylistSegment[]): number {
  const target = targetDuration(segments);
  let peak = bitRate(segments);
  for (let first = 0; first < segments.length; first += 1) {
    let seconds = 0;
    for (let last = first; last < segments.length; last += 1) {
      seconds += segments[last]?.durationSeconds ?? 0;
      if (seconds > 1.5 * target) break;
      if (seconds >= 0.5 * target) peak = Math.max(peak, bitRate(segments.slice(first, last + 1)));
    }
  }
  return Math.ceil(peak);
}

function bitRate(segments: readonly PlaylistSegment[]): number {
  const bits = 8 * segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const seconds = segments.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0);
  return seconds > 0 ? bits / seconds : 0;
}

export interface MasterVariant {
  /** Relative to the master playlist. */
  readonly uri: string;
  readonly width: number;
  readonly height: number;
  readonly codec: string;
  readonly framesPerSecond: Rational;
  readonly segments: readonly PlaylistSegment[];
}

export interface MasterAudio {
  readonly uri: string;
  readonly codec: string;
  readonly segments: readonly PlaylistSegment[];
}

const AUDIO_GROUP = 'audio';
/** Players begin with the first variant; this much bandwidth is a fair guess of what a phone has. */
const FIRST_VARIANT_BITS_PER_SECOND = 2_500_000;

/** The master playlist over all renditions, with the sound as a group of its own where there is any. */
export function masterPlaylist(variants: readonly MasterVariant[], audio: MasterAudio | null): string {
  const lines = ['#EXTM3U', `#EXT-X-VERSION:7`, '#EXT-X-INDEPENDENT-SEGMENTS'];
  if (audio) {
    lines.push(
      `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="${AUDIO_GROUP}",NAME="Original",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="${audio.uri}"`,
    );
  }
  for (const variant of inPlayerOrder(variants, audio)) {
    const { numerator, denominator } = variant.framesPerSecond;
    const attributes = [
      `BANDWIDTH=${variantBandwidth(variant, audio)}`,
      `AVERAGE-BANDWIDTH=${averageBandwidth(variant.segments) + (audio ? averageBandwidth(audio.segments) : 0)}`,
      `CODECS="${[variant.codec, ...(audio ? [audio.codec] : [])].join(',')}"`,
      `RESOLUTION=${variant.width}x${variant.height}`,
      `FRAME-RATE=${(numerator / denominator).toFixed(3)}`,
      ...(audio ? [`AUDIO="${AUDIO_GROUP}"`] : []),
    ];
    lines.push(`#EXT-X-STREAM-INF:${attributes.join(',')}`, variant.uri);
  }
  return [...lines, ''].join('\n');
}

/** BANDWIDTH of a variant: its own peak and that of the sound it is played with. Bits a second. */
export function variantBandwidth(
  variant: Pick<MasterVariant, 'segments'>,
  audio: Pick<MasterAudio, 'segments'> | null,
): number {
  return peakBandwidth(variant.segments) + (audio ? peakBandwidth(audio.segments) : 0);
}

function inPlayerOrder(variants: readonly MasterVariant[], audio: MasterAudio | null): MasterVariant[] {
  const descending = [...variants].sort(
    (one, other) => variantBandwidth(other, audio) - variantBandwidth(one, audio),
  );
  const first =
    descending.find((variant) => variantBandwidth(variant, audio) <= FIRST_VARIANT_BITS_PER_SECOND) ??
    descending.at(-1);
  return first ? [first, ...descending.filter((variant) => variant !== first)] : [];
}
