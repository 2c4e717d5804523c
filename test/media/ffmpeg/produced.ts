import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { parseInitSegment } from '#providers/transcoders/ffmpeg/mp4-boxes.ts';

const run = promisify(execFile);

export interface ProducedPlaylist {
  readonly segments: readonly { readonly name: string; readonly durationSeconds: number }[];
  readonly durationSeconds: number;
  readonly text: string;
}

/** A media playlist as a player reads it. */
export async function readPlaylist(path: string): Promise<ProducedPlaylist> {
  const text = await readFile(path, 'utf8');
  const segments = [...text.matchAll(/#EXTINF:([\d.]+),\n(\S+)/g)].map(([, seconds, name = '']) => ({
    name,
    durationSeconds: Number(seconds),
  }));
  return { text, segments, durationSeconds: segments.reduce((sum, each) => sum + each.durationSeconds, 0) };
}

export interface DecodedStream {
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly channels: number | undefined;
  readonly aspect: string | undefined;
  readonly colorRange: string | undefined;
  readonly colorTransfer: string | undefined;
  readonly pixelFormat: string | undefined;
  readonly rotated: boolean;
  readonly startSeconds: number;
  readonly frames: number;
}

/** Decodes a whole rendition with ffprobe, as a player would. Throws when ffprobe complains about anything. */
export async function decode(ffprobe: string, playlistPath: string): Promise<DecodedStream> {
  const { stdout, stderr } = await run(
    ffprobe,
    [
      '-v',
      'error',
      '-allowed_extensions',
      'ALL',
      '-count_frames',
      '-show_streams',
      '-of',
      'json',
      playlistPath,
    ],
    { env: { GCONV_PATH: '/nonexistent' }, maxBuffer: 8 * 1024 ** 2 },
  );
  if (stderr.trim() !== '') throw new Error(`${playlistPath}: ${stderr}`);
  const [stream] = JSON.parse(stdout).streams;
  return {
    width: stream.width,
    height: stream.height,
    channels: stream.channels,
    aspect: stream.sample_aspect_ratio,
    colorRange: stream.color_range,
    colorTransfer: stream.color_transfer,
    pixelFormat: stream.pix_fmt,
    rotated: JSON.stringify(stream).includes('rotation'),
    startSeconds: Number(stream.start_time),
    frames: Number(stream.nb_read_frames),
  };
}

/** Decodes a rendition through a filter and resolves to what the filter says about it. */
export async function listen(
  ffmpeg: string,
  playlistPath: string,
  filter: readonly string[],
): Promise<string> {
  const input = ['-hide_banner', '-nostats', '-v', 'info', '-allowed_extensions', 'ALL', '-i', playlistPath];
  const { stderr } = await run(ffmpeg, [...input, ...filter, '-f', 'null', '-']);
  return stderr;
}

/** Of the init segment that a playlist names. */
export async function readInit(playlistPath: string) {
  const { text } = await readPlaylist(playlistPath);
  const name = /#EXT-X-MAP:URI="([^"]+)"/.exec(text)?.[1];
  if (!name) throw new Error(`${playlistPath} names no init segment`);
  return parseInitSegment(await readFile(join(dirname(playlistPath), name)));
}
