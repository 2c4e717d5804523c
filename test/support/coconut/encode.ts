import { execFile } from 'node:child_process';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Format } from './format-grammar.ts';

const run = promisify(execFile);

export interface Programs {
  readonly ffmpeg: string;
  readonly ffprobe: string;
}

interface Probed {
  readonly streams: {
    codec_type: string;
    width?: number;
    height?: number;
    profile?: string;
    level?: number;
  }[];
  readonly format: { duration: string };
}

export async function probe({ ffprobe }: Programs, file: string): Promise<Probed> {
  const { stdout } = await run(ffprobe, [
    ...['-v', 'error', '-show_streams', '-show_format', '-of', 'json', file],
  ]);
  return JSON.parse(stdout) as Probed;
}

const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-threads', '1'];
const AAC = ['-c:a', 'aac', '-b:a', '96k', '-ac', '2'];

function scaleOf({ width, height }: Format): string {
  return width === null && height === null ? 'null' : `scale=${width ?? -2}:${height ?? -2},setsar=1`;
}

/** All variants in one run, with segments in MPEG-TS and names of the packager's own, and the master playlist. */
export async function packageHls(
  programs: Programs,
  {
    source,
    folder,
    master,
    variants,
  }: { source: string; folder: string; master: string; variants: readonly Format[] },
): Promise<void> {
  const names = variants.map((_, i) => `v${i}`);
  const split = `[0:v]split=${variants.length}${names.map((name) => `[in${name}]`).join('')}`;
  const scaled = variants.map((format, i) => `[in${names[i]}]${scaleOf(format)}[${names[i]}]`);
  const outputs = variants.flatMap(({ maxRateBitsPerSecond: rate }, i) => [
    ...['-map', `[${names[i]}]`, '-map', '0:a:0?', ...X264, ...AAC],
    ...(rate === null ? [] : ['-maxrate', String(rate), '-bufsize', String(2 * rate)]),
    ...['-force_key_frames', 'expr:gte(t,n_forced*2)', '-f', 'hls', '-hls_time', '2', '-hls_list_size', '0'],
    ...['-hls_playlist_type', 'vod', '-hls_segment_filename', join(folder, `${names[i]}_%05d.ts`)],
    join(folder, `${names[i]}.m3u8`),
  ]);
  const graph = [split, ...scaled].join(';');
  await run(programs.ffmpeg, [
    '-y',
    '-nostdin',
    '-v',
    'error',
    '-i',
    source,
    '-filter_complex',
    graph,
    ...outputs,
  ]);
  const lines = await Promise.all(names.map((name) => variantLines(programs, folder, name)));
  await writeFile(join(folder, master), `${['#EXTM3U', '#EXT-X-VERSION:3', ...lines.flat()].join('\n')}\n`);
}

async function variantLines(programs: Programs, folder: string, name: string): Promise<string[]> {
  const segments = (await readdir(folder)).filter((file) => file.startsWith(`${name}_`));
  const sizes = await Promise.all(segments.map(async (file) => (await stat(join(folder, file))).size));
  const { streams } = await probe(programs, join(folder, segments.sort()[0] ?? ''));
  const video = streams.find((stream) => stream.codec_type === 'video');
  const profile = { High: '6400', Main: '4d40' }[video?.profile ?? ''] ?? '42c0';
  const codecs = [
    `avc1.${profile}${(video?.level ?? 30).toString(16).padStart(2, '0')}`,
    ...(streams.some((stream) => stream.codec_type === 'audio') ? ['mp4a.40.2'] : []),
  ];
  const bandwidth = Math.max(...sizes) * 8;
  const attributes = `BANDWIDTH=${bandwidth},RESOLUTION=${video?.width}x${video?.height},CODECS="${codecs.join(',')}"`;
  return [`#EXT-X-STREAM-INF:${attributes}`, `${name}.m3u8`];
}

export async function encodeMp4(
  programs: Programs,
  source: string,
  file: string,
  format: Format,
): Promise<void> {
  const maps = ['-map', '0:v:0', '-map', '0:a:0?', '-vf', scaleOf(format)];
  await run(programs.ffmpeg, [
    ...[
      '-y',
      '-nostdin',
      '-v',
      'error',
      '-i',
      source,
      ...maps,
      ...X264,
      ...AAC,
      '-movflags',
      '+faststart',
      file,
    ],
  ]);
}

export async function cutPicture(
  programs: Programs,
  source: string,
  file: string,
  { format, offsetSeconds }: { format: Format; offsetSeconds: number },
): Promise<void> {
  await run(programs.ffmpeg, [
    ...['-y', '-nostdin', '-v', 'error', '-ss', String(offsetSeconds), '-i', source, '-frames:v', '1'],
    ...['-vf', scaleOf(format), file],
  ]);
}

const SPRITE_COLUMNS = 4;

/** One picture of many, and which part of it belongs to which time. */
export async function cutSprite(
  programs: Programs,
  source: string,
  file: string,
  {
    format,
    intervalSeconds,
    durationSeconds,
  }: { format: Format; intervalSeconds: number; durationSeconds: number },
): Promise<string> {
  const count = Math.max(1, Math.ceil(durationSeconds / intervalSeconds));
  const rows = Math.ceil(count / SPRITE_COLUMNS);
  const filter = `fps=1/${intervalSeconds}:round=up,${scaleOf(format)},tile=${SPRITE_COLUMNS}x${rows}`;
  await run(programs.ffmpeg, [
    ...['-y', '-nostdin', '-v', 'error', '-i', source, '-vf', filter, '-frames:v', '1', file],
  ]);
  const picture = (await probe(programs, file)).streams[0];
  const [width, height] = [(picture?.width ?? 0) / SPRITE_COLUMNS, (picture?.height ?? 0) / rows];
  const moment = (seconds: number) => new Date(seconds * 1000).toISOString().slice(11, 23);
  const cues = Array.from({ length: count }, (_, i) => {
    const [start, end] = [i * intervalSeconds, Math.min(durationSeconds, (i + 1) * intervalSeconds)];
    const place = [(i % SPRITE_COLUMNS) * width, Math.floor(i / SPRITE_COLUMNS) * height, width, height];
    return `${moment(start)} --> ${moment(end)}\n${file.split('/').at(-1)}#xywh=${place.join(',')}\n`;
  });
  return ['WEBVTT\n', ...cues].join('\n');
}

export async function filesIn(folder: string): Promise<{ name: string; bytes: Buffer }[]> {
  const names = (await readdir(folder)).sort();
  return Promise.all(names.map(async (name) => ({ name, bytes: await readFile(join(folder, name)) })));
}
