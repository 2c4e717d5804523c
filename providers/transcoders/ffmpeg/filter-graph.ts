import type { VideoTrack } from '../source-inspector.ts';
import type { Rendition } from '../transcoder.ts';
import type { FfmpegAbilities } from './ffmpeg-binaries.ts';
import { type FramePlan, toleratedFrames } from './frame-plan.ts';

/**
 * One decode feeds all renditions: the grid of frames first, then the top size, then each smaller one from the one
 * above it (a cascade costs less than scaling each from the source). Rotation has been applied by FFmpeg before.
 * Output pads are `[v0]` for the highest rendition, then `[v1]` and so on.
 */
export function filterGraph(
  video: VideoTrack,
  ladder: readonly Rendition[],
  plan: FramePlan,
  abilities: FfmpegAbilities,
): string {
  const [top, ...lower] = ladder;
  if (!top) throw new RangeError('the ladder is empty');
  const split = (index: number) => (index < lower.length ? `,split=2[v${index}][c${index}]` : `[v${index}]`);
  const head = [
    ...deinterlace(video, abilities),
    ...frameGrid(plan, abilities),
    scale(top),
    ...toneMap(video, abilities),
    'format=yuv420p',
  ].join(',');
  const chains = lower.map((rendition, index) => `[c${index}]${scale(rendition)}${split(index + 1)}`);
  return [`[0:${video.streamIndex}]${head}${split(0)}`, ...chains].join(';');
}

/** Marked frames only, one frame out for one in: the grid decides the rate. */
export function deinterlace(video: VideoTrack, abilities: FfmpegAbilities): string[] {
  if (!video.interlaced || !abilities.deinterlacer) return [];
  return [`${abilities.deinterlacer}=mode=send_frame:deint=interlaced`];
}

/** HLG and PQ to SDR BT.709, in linear light. Goes after scaling: it is the costliest filter per pixel. */
export function toneMap(video: VideoTrack, abilities: FfmpegAbilities): string[] {
  if (!video.hdr || !abilities.toneMap) return [];
  const transfer = video.hdr === 'pq' ? 'smpte2084' : 'arib-std-b67';
  return [
    `zscale=tin=${transfer}:min=bt2020nc:pin=bt2020:t=linear:npl=100`,
    'format=gbrpf32le',
    'zscale=p=bt709',
    'tonemap=tonemap=hable:desat=0',
    'zscale=t=bt709:m=bt709:r=tv',
  ];
}

/**
 * Puts the frames on the grid, then cuts the range out. The first frame is repeated back to 0 where the decoder had to
 * skip the beginning; a short hole at the end is filled, a long one left open so that the count shows it.
 */
function frameGrid(plan: FramePlan, abilities: FfmpegAbilities): string[] {
  const { numerator, denominator } = plan.framesPerSecond;
  const fromZero = plan.startFrame === 0 ? ':start_time=0' : '';
  const pad =
    plan.reachesEnd && abilities.padEnd ? [`tpad=stop_mode=clone:stop=${toleratedFrames(plan)}`] : [];
  return [
    `fps=fps=${numerator}/${denominator}:round=near${fromZero}`,
    ...pad,
    `trim=start_pts=${plan.startFrame}:end_pts=${plan.endFrame}`,
  ];
}

/** Without `setsar` the rounding of a size to even numbers would show as a sample aspect ratio of 1280:1281. */
function scale({ width, height }: Rendition): string {
  return `scale=${width}:${height}:flags=bicubic:out_range=tv,setsar=1`;
}
