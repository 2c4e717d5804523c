import { type SourceProbe, SourceRejected } from '../source-inspector.ts';
import type { FfmpegAbilities, FfmpegBinaries } from './ffmpeg-binaries.ts';
import { deinterlace, toneMap } from './filter-graph.ts';
import { inputArguments } from './input-arguments.ts';
import { runToEnd } from './run-to-end.ts';

/** The poster's long side at most, in pixels. */
const LONG_SIDE_PIXELS = 1280;
/** Many recordings begin black or with a shaken hand. */
const PREFERRED_SECONDS = 2;

const POSTER_MAX_BYTES = 8 * 1024 ** 2;

export interface PosterTarget {
  readonly binaries: FfmpegBinaries;
  readonly memoryMaxBytes: number;
  readonly timeoutSeconds: number;
  readonly probe: SourceProbe;
  /** Of the gateway. */
  readonly url: string;
  readonly signal: AbortSignal;
}

/** One JPEG from a little after the start; where no picture is found there, the first. Throws SOURCE_NOT_VIDEO. */
export async function cutPoster(target: PosterTarget): Promise<Uint8Array> {
  const { binaries, memoryMaxBytes, timeoutSeconds, probe, url, signal } = target;
  for (const atSeconds of [posterSeconds(probe), 0]) {
    const args = posterArguments(probe, url, binaries.abilities, atSeconds);
    const command = {
      command: binaries.ffmpeg,
      args,
      memoryMaxBytes,
      prlimit: binaries.prlimit,
      setpriv: binaries.setpriv,
    };
    const run = await runToEnd(command, { timeoutSeconds, stdoutMaxBytes: POSTER_MAX_BYTES, signal });
    if (run.stdout.length > 0) return run.stdout;
    signal.throwIfAborted();
  }
  throw new SourceRejected('SOURCE_NOT_VIDEO', 'No picture of the video can be decoded.');
}

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
