import type {
  AudioDescription,
  Input,
  Output,
  OutputGroup,
  VideoDescription,
} from '@aws-sdk/client-mediaconvert';
import { isFrameCapture } from './service-rules.ts';

/** A file or a playlist that FFmpeg is to write for one output. */
export interface PlannedOutput {
  readonly kind: 'video' | 'audio' | 'pictures' | 'file';
  /** The playlist or the file; a pattern for pictures. */
  readonly path: string;
  readonly args: readonly string[];
}

/** Everything before the outputs: the source, turned as the job says. */
export function inputArguments({ VideoSelector }: Input, path: string, isMov: boolean): string[] {
  const rotate = VideoSelector?.Rotate ?? 'DEGREE_0';
  const auto = rotate === 'AUTO' && isMov;
  return ['-y', '-nostdin', '-v', 'error', ...(auto ? [] : ['-noautorotate']), '-i', path];
}

/**
 * FFmpeg's arguments for one output, named as MediaConvert names its files.
 *
 * @param base path without extension and modifier
 */
export function plannedOutput(output: Output, group: OutputGroup, base: string, input: Input): PlannedOutput {
  const path = base + (output.NameModifier ?? '');
  const { VideoDescription: video, AudioDescriptions: [sound] = [] } = output;
  if (video && isFrameCapture(output)) return pictures(video, path, turn(input));
  const codecs = [
    ...(video ? h264(video, turn(input)) : ['-vn']),
    ...(sound ? aac(sound) : ['-an']),
    ...['-map_metadata', '-1', '-sn', '-dn'],
  ];
  const { CmafGroupSettings: cmaf, HlsGroupSettings: ts } = group.OutputGroupSettings ?? {};
  const seconds = cmaf?.SegmentLength ?? ts?.SegmentLength;
  if (seconds === undefined) {
    const file = `${path}.${output.Extension ?? 'mp4'}`;
    return { kind: 'file', path: file, args: [...codecs, '-movflags', '+faststart', '-f', 'mp4', file] };
  }
  const playlist = `${path}.m3u8`;
  const segments = cmaf ? fmp4Segments(path, video ? 'cmfv' : 'cmfa') : tsSegments(path);
  const cut = ['-f', 'hls', '-hls_time', String(seconds), '-hls_playlist_type', 'vod', '-hls_list_size', '0'];
  return {
    kind: video ? 'video' : 'audio',
    path: playlist,
    args: [...codecs, ...cut, ...segments, '-start_number', '1', playlist],
  };
}

function h264(video: VideoDescription, turned: readonly string[]): string[] {
  const settings = video.CodecSettings?.H264Settings ?? {};
  const { GopSize = 2, MaxBitrate = 1_000_000, FramerateNumerator, FramerateDenominator } = settings;
  const rate = settings.FramerateControl === 'SPECIFIED';
  return [
    ...['-map', '0:V:0', '-vf', [...turned, ...scaled(video)].join(',')],
    ...(rate ? ['-r', `${FramerateNumerator}/${FramerateDenominator}`] : []),
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-crf', '28'],
    ...['-maxrate', String(MaxBitrate), '-bufsize', String(2 * MaxBitrate)],
    ...['-sc_threshold', '0', '-force_key_frames', `expr:gte(t,n_forced*${GopSize})`],
  ];
}

function pictures(video: VideoDescription, path: string, turned: readonly string[]): PlannedOutput {
  const settings = video.CodecSettings?.FrameCaptureSettings ?? {};
  const rate = `fps=${settings.FramerateNumerator ?? 1}/${settings.FramerateDenominator ?? 1}`;
  const filters = [rate, ...turned, ...scaled(video), 'format=yuvj420p'].join(',');
  const pattern = `${path}.%07d.jpg`;
  const count = ['-frames:v', String(settings.MaxCaptures ?? 1), '-start_number', '0'];
  const args = ['-map', '0:V:0', '-vf', filters, '-an', '-q:v', '4', ...count, '-f', 'image2', pattern];
  return { kind: 'pictures', path: pattern, args };
}

function aac({ CodecSettings }: AudioDescription): string[] {
  const { Bitrate = 96_000, SampleRate = 48_000 } = CodecSettings?.AacSettings ?? {};
  return ['-map', '0:a:0', '-c:a', 'aac', '-ac', '2', '-ar', String(SampleRate), '-b:a', String(Bitrate)];
}

/** Only what the adapter orders is played here; another way of scaling has to be learnt first. */
function scaled({ Width, Height, ScalingBehavior }: VideoDescription): string[] {
  if (ScalingBehavior !== 'STRETCH_TO_OUTPUT')
    throw new Error(`This stand-in cannot scale by ${ScalingBehavior}`);
  return [`scale=${Width}:${Height}`, 'setsar=1'];
}

function turn({ VideoSelector }: Input): string[] {
  const turns: Readonly<Record<string, string[]>> = {
    DEGREES_90: ['transpose=1'],
    DEGREES_180: ['hflip', 'vflip'],
    DEGREES_270: ['transpose=2'],
  };
  return turns[VideoSelector?.Rotate ?? ''] ?? [];
}

/** `master_720p_000000001.cmfv` and `master_720pinit.cmfv`. */
function fmp4Segments(path: string, extension: 'cmfv' | 'cmfa'): string[] {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return [
    ...['-hls_segment_type', 'fmp4', '-hls_segment_filename', `${path}_%09d.${extension}`],
    ...['-hls_fmp4_init_filename', `${name}init.${extension}`],
  ];
}

/** `master_720p_00001.ts`. */
function tsSegments(path: string): string[] {
  return ['-hls_segment_type', 'mpegts', '-hls_segment_filename', `${path}_%05d.ts`];
}
