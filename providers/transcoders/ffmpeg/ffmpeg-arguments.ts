import { join } from 'node:path';
import type { VideoTrack } from '../source-inspector.ts';
import type { Rendition, TranscodeOrder } from '../transcoder.ts';
import type { FfmpegBinaries, Recipe } from './ffmpeg-binaries.ts';
import { filterGraph } from './filter-graph.ts';
import type { FramePlan } from './frame-plan.ts';
import { inputArguments } from './input-arguments.ts';
import { AUDIO_FOLDER, INIT_NAME, segmentPattern } from './output-layout.ts';

export interface EncodeSettings {
  readonly inputUrl: string;
  /** Holds one folder per rendition and one for the sound. */
  readonly folder: string;
  /** x264's speed against size, for instance `veryfast`. */
  readonly preset: string;
}

const AUDIO_RATE_HZ = 48_000;
/** The AAC encoder's delay; see `audioOutput`. */
const AAC_PRIMING_SAMPLES = 1024;
const CONSTANT_RATE_FACTOR = 23;

/** The whole command line after `ffmpeg`: one process, one decode, one HLS output per rendition, the sound once. */
export function ffmpegArguments(
  order: TranscodeOrder,
  plan: FramePlan,
  binaries: Pick<FfmpegBinaries, 'recipe' | 'abilities'>,
  settings: EncodeSettings,
): string[] {
  if (binaries.recipe === 'basic' && !plan.whole)
    throw new RangeError('this FFmpeg encodes whole videos only');
  const { probe, ladder } = order;
  const audio = plan.whole ? probe.audio : null;
  return [
    ...['-y', '-nostdin', '-hide_banner', '-v', 'error', '-nostats', '-progress', 'pipe:3'],
    ...(binaries.recipe === 'full' ? ['-stats_period', '0.5'] : []),
    ...clock(order, plan),
    ...(changesSizeInPlace(probe.video) ? ['-reinit_filter', '0'] : []),
    ...inputArguments(order.source.demuxer),
    ...['-i', settings.inputUrl],
    ...['-filter_complex', filterGraph(probe.video, ladder, plan, binaries.abilities)],
    ...ladder.flatMap((rendition, index) => [
      ...videoEncoder(index, rendition, plan, settings.preset),
      // The grid is made by the filters: left to itself FFmpeg repeats frames at the end where the last one is rare.
      ...[`-${binaries.abilities.frameSync}`, 'passthrough'],
      ...hls(order, plan, binaries, join(settings.folder, rendition.label)),
    ]),
    ...(audio
      ? [
          ...audioEncoder(audio.streamIndex, order.audioBitsPerSecond, plan),
          ...hls(order, plan, binaries, join(settings.folder, AUDIO_FOLDER)),
        ]
      : []),
  ];
}

/**
 * Moves the source's clock so that its first picture is at 0 and keeps it: frame n of the grid is at n / fps in every
 * part. A part seeks to the key frame before it; `trim` does the exact cut.
 */
function clock(order: TranscodeOrder, plan: FramePlan): string[] {
  const firstPicture = order.probe.video.startSeconds;
  const shift = ['-copyts', '-itsoffset', (0 - firstPicture).toFixed(6)];
  if (plan.startFrame === 0) return shift;
  const { numerator, denominator } = plan.framesPerSecond;
  const seek = firstPicture + (plan.startFrame * denominator) / numerator - 0.5;
  return [...shift, '-noaccurate_seek', '-seek_timestamp', '1', '-ss', seek.toFixed(6)];
}

/**
 * Calls in a browser change the size of their pictures. FFmpeg would build its filters anew then, and the grid of
 * frames would lose count; `scale` can take the change itself, the filters for turned, woven and HDR pictures cannot.
 */
function changesSizeInPlace(video: VideoTrack): boolean {
  return video.rotationDegrees === 0 && !video.interlaced && !video.hdr;
}

/** Key frames fall where the grid says, in every rendition at the same frame: no scene cuts, closed GOPs. */
function videoEncoder(index: number, rendition: Rendition, plan: FramePlan, preset: string): string[] {
  const gop = String(plan.gopFrames);
  // A part begins with half a buffer, else every seam may exceed the cap.
  const params = plan.startFrame > 0 ? ['-x264-params', 'vbv-init=0.5'] : [];
  return [
    ...['-map', `[v${index}]`, '-an', '-c:v', 'libx264', '-preset', preset, '-profile:v', 'high'],
    ...['-crf', String(CONSTANT_RATE_FACTOR)],
    ...['-maxrate', String(rendition.maxVideoBitsPerSecond)],
    ...['-bufsize', String(2 * rendition.maxVideoBitsPerSecond)],
    ...['-g', gop, '-keyint_min', gop, '-sc_threshold', '0', '-map_metadata', '-1', '-map_chapters', '-1'],
    ...params,
  ];
}

/**
 * Sound on the video's clock: padded or cut to the length of the picture, so that all renditions agree. The encoder
 * puts its delay of 1024 samples before the first sample; dropping as many makes its first packet start at 0.
 */
function audioEncoder(streamIndex: number, bitsPerSecond: number, plan: FramePlan): string[] {
  const filters = [
    `aresample=${AUDIO_RATE_HZ}:async=1:first_pts=0`,
    'aformat=channel_layouts=stereo',
    'apad',
    `atrim=start_sample=${AAC_PRIMING_SAMPLES}:end=${plan.durationSeconds.toFixed(6)}`,
  ];
  return [
    ...['-map', `0:${streamIndex}`, '-vn', '-c:a', 'aac', '-b:a', String(bitsPerSecond)],
    ...['-ac', '2', '-ar', String(AUDIO_RATE_HZ), '-af', filters.join(',')],
    ...['-map_metadata', '-1', '-map_chapters', '-1'],
  ];
}

/**
 * `avoid_negative_ts disabled` (and on the full recipe `frag_discont`) makes a segment's decode time its place in the
 * whole video, with the picture at exactly 0; otherwise it would start at two frames and the sound at 21 ms.
 */
function hls(
  order: TranscodeOrder,
  plan: FramePlan,
  binaries: Pick<FfmpegBinaries, 'recipe'>,
  folder: string,
): string[] {
  const { numerator, denominator } = plan.framesPerSecond;
  const fmp4 = order.segmentContainer === 'fmp4';
  // The muxer cuts at the first key frame at or after n times this: it must never be above a segment's true length.
  const segmentMicroseconds = Math.floor((plan.segmentFrames * denominator * 1e6) / numerator);
  return [
    ...['-avoid_negative_ts', 'disabled', '-f', 'hls', '-hls_time', (segmentMicroseconds / 1e6).toFixed(6)],
    ...['-hls_playlist_type', 'vod', '-hls_segment_type', fmp4 ? 'fmp4' : 'mpegts'],
    ...(fmp4 ? ['-hls_fmp4_init_filename', INIT_NAME] : []),
    ...segmentOptions(order.segmentContainer, binaries.recipe),
    ...['-start_number', String(plan.startFrame / plan.segmentFrames)],
    ...['-hls_segment_filename', join(folder, segmentPattern(order.segmentContainer))],
    join(folder, 'playlist.m3u8'),
  ];
}

/** The muxer inside the muxer has its own idea of negative timestamps. */
function segmentOptions(container: TranscodeOrder['segmentContainer'], recipe: Recipe): string[] {
  if (container === 'ts') {
    return [recipe === 'full' ? '-hls_segment_options' : '-hls_ts_options', 'avoid_negative_ts=disabled'];
  }
  return recipe === 'full' ? ['-hls_segment_options', 'movflags=+frag_discont'] : [];
}
