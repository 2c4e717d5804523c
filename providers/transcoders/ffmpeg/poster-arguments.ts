import type { SourceProbe } from '../source-inspector.ts';
import type { FfmpegAbilities } from './ffmpeg-binaries.ts';
import { deinterlace, toneMap } from './filter-graph.ts';
import { inputArguments } from './input-arguments.ts';

/** The poster's long side at most, in pixels. */
const LONG_SIDE_PIXELS = 1280;
/** Many recordings begin black or with a shaken hand. */
const PREFERRED_SECONDS = 2;

/** Where the poster is taken, counted from the first picture. */
export function posterSeconds(probe: SourceProbe): number {
  return Math.min(PREFERRED_SECONDS, probe.durationSeconds / 4);
}

/** Even sizes, never above the source's. */
export function posterSize({ video }: SourceProbe): { readonly width: number; readonly height: number } {
  const factor = Math.min(1, LONG_SIDE_PIXELS / Math.max(video.displayWidth, video.displayHeight));
  const even = (pixels: number) => Math.max(2, 2 * Math.floor((pixels * factor) / 2));
  return { width: even(video.displayWidth), height: even(video.displayHeight) };
}

/** One JPEG on stdout: seeks to the key frame before `atSeconds` and decodes up to it. */
export function posterArguments(
  probe: SourceProbe,
  inputUrl: string,
  abilities: FfmpegAbilities,
  atSeconds: number,
): string[] {
  const { width, height } = posterSize(probe);
  const filters = [
    ...deinterlace(probe.video, abilities),
    `scale=${width}:${height}:flags=bicubic`,
    'setsar=1',
    ...toneMap(probe.video, abilities),
    'format=yuvj420p',
  ];
  const seek = (probe.video.startSeconds + atSeconds).toFixed(6);
  return [
    ...['-y', '-nostdin', '-hide_banner', '-v', 'error', '-nostats'],
    ...(atSeconds > 0 ? ['-seek_timestamp', '1', '-ss', seek] : []),
    ...inputArguments(probe.demuxer),
    ...['-i', inputUrl],
    ...['-filter_complex', `[0:${probe.video.streamIndex}]${filters.join(',')}[poster]`],
    ...['-map', '[poster]', '-an', '-frames:v', '1', '-c:v', 'mjpeg', '-q:v', '3'],
    ...['-map_metadata', '-1', '-f', 'image2pipe', 'pipe:1'],
  ];
}
