import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { promisify } from 'node:util';
import { findFfmpeg } from '#providers/transcoders/ffmpeg/ffmpeg-binaries.ts';
import type { Demuxer } from '#providers/transcoders/source-inspector.ts';

const run = promisify(execFile);

interface Recipe {
  readonly demuxer: Demuxer;
  readonly extension: string;
  /** Everything between `ffmpeg -y` and the file's name. */
  readonly args: readonly string[];
}

/** A moving test picture with a running clock; 30 frames a second and 320 x 180 unless told. */
const picture = (seconds: number, { size = '320x180', rate = '30' } = {}) =>
  `-f lavfi -i testsrc2=s=${size}:r=${rate}:d=${seconds}`;
const tone = (seconds: number, { channels = 2, rate = 48000 } = {}) =>
  `-f lavfi -i aevalsrc=${Array.from({ length: channels }, (_, n) => `sin(${440 + 110 * n}*2*PI*t)`).join('|')}:s=${rate}:d=${seconds}`;
const X264 = '-c:v libx264 -preset ultrafast -pix_fmt yuv420p';
const CLAP =
  '-f lavfi -i color=black:s=320x180:r=30:d=1 -f lavfi -i color=white:s=320x180:r=30:d=1 -filter_complex [0][1]concat=n=2[v];aevalsrc=gte(t\\,1)*sin(440*2*PI*t):s=48000:d=2[a] -map [v] -map [a]';
const AAC = '-c:a aac -b:a 96k';

const clip = (demuxer: Demuxer, extension: string, ...args: readonly string[]): Recipe => ({
  demuxer,
  extension,
  args: args.join(' ').split(' ').filter(Boolean),
});
const mp4 = (...args: readonly string[]) => clip('mov', 'mp4', ...args);

const RECIPES = {
  /** The plain case: B-frames, stereo, the index in front. */
  h264: mp4(picture(3), tone(3), X264, '-bf 2', AAC, '-movflags +faststart'),
  'index-at-end': mp4(picture(2), tone(2), X264, AAC),
  /** Three rungs of the ladder. */
  hd: mp4(picture(5, { size: '1280x720' }), tone(5), X264, AAC, '-movflags +faststart'),
  /** Long enough to be caught at work. */
  long: mp4(picture(20, { size: '640x360' }), tone(20), X264, '-g 60', AAC, '-movflags +faststart'),
  hevc: clip(
    'mov',
    'mov',
    picture(2),
    tone(2),
    '-c:v libx265 -preset ultrafast -x265-params log-level=none -pix_fmt yuv420p -tag:v hvc1',
    AAC,
  ),
  /** 30 frames a second, then 10. */
  'variable-rate': mp4(picture(3), tone(3), '-vf select=lt(n\\,30)+not(mod(n\\,3)) -vsync vfr', X264, AAC),
  /** As a screen is recorded where nothing moves: one picture for five seconds, then the last. */
  'still-screen': mp4(picture(6), tone(6), '-vf select=lt(n\\,30)+eq(n\\,150) -vsync vfr', X264, AAC),
  portrait: mp4(picture(2, { size: '180x320' }), tone(2), X264, AAC),
  'odd-size': mp4(picture(2), tone(2), '-vf scale=321:181,setsar=1 -c:v mpeg4 -q:v 4', AAC),
  anamorphic: mp4(picture(2, { size: '240x192' }), '-vf setsar=16/11', X264),
  silent: mp4(picture(2), X264),
  mono: mp4(picture(2), tone(2, { channels: 1, rate: 44100 }), X264, AAC),
  surround: mp4(picture(2), tone(2, { channels: 6 }), X264, '-c:a aac -b:a 256k'),
  'fifty-frames': mp4(picture(2, { rate: '50' }), tone(2), X264, AAC),
  ntsc: mp4(picture(5, { rate: '30000/1001' }), tone(5), X264, AAC),
  'slow-motion': mp4(picture(1, { rate: '120' }), X264),
  'interlaced-avi': clip(
    'avi',
    'avi',
    picture(2, { rate: '50' }),
    tone(2),
    '-vf interlace -c:v mpeg4 -q:v 3 -flags +ildct+ilme -c:a libmp3lame -b:a 96k',
  ),
  'interlaced-ts': clip(
    'mpegts',
    'ts',
    picture(2, { rate: '50' }),
    tone(2),
    '-vf interlace',
    X264,
    '-flags +ildct+ilme',
    AAC,
  ),
  /** B-frames in a container that knows no presentation times. */
  'avi-b-frames': clip('avi', 'avi', picture(2), tone(2), '-c:v mpeg4 -q:v 4 -bf 2 -c:a libmp3lame -b:a 96k'),
  wmv: clip('asf', 'wmv', picture(2), tone(2), '-c:v wmv2 -b:v 400k -c:a wmav2'),
  /** Two pictures: too few for the container to tell a rate. */
  'two-frames': clip('asf', 'wmv', picture(1), '-frames:v 2 -c:v wmv2'),
  '3gp': clip(
    'mov',
    '3gp',
    picture(2, { size: '176x144', rate: '15' }),
    tone(2, { channels: 1, rate: 8000 }),
    '-c:v h263 -b:v 200k -c:a libopencore_amrnb -b:a 12.2k',
  ),
  mkv: clip('matroska', 'mkv', picture(2), tone(2), X264, '-bf 2', AAC),
  webm: clip(
    'matroska',
    'webm',
    picture(2),
    tone(2),
    '-c:v libvpx -deadline realtime -b:v 300k -c:a libopus',
  ),
  /** As a browser records: no length, no index. */
  'live-webm': clip(
    'matroska',
    'webm',
    picture(2),
    tone(2),
    '-c:v libvpx -deadline realtime -b:v 300k -g 30 -c:a libopus -live 1',
  ),
  fragmented: mp4(
    picture(3),
    tone(3),
    X264,
    '-bf 2 -g 30',
    AAC,
    '-movflags frag_keyframe+empty_moov+default_base_moof',
  ),
  ts: clip('mpegts', 'ts', picture(2), tone(2), X264, '-bf 2', AAC),
  'silent-ts': clip('mpegts', 'ts', picture(2), X264, '-bf 2'),
  'ts-larger': clip('mpegts', 'ts', picture(2, { size: '640x360' }), X264, '-bf 2 -output_ts_offset 2'),
  'hdr-pq': mp4(
    picture(2),
    tone(2),
    '-c:v libx265 -preset ultrafast -pix_fmt yuv420p10le',
    '-x265-params log-level=none:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc -tag:v hvc1',
    AAC,
  ),
  'full-range': clip('mov', 'mov', picture(1), '-c:v mjpeg -q:v 4 -pix_fmt yuvj420p'),
  'one-second': mp4(picture(1), tone(1), X264, AAC),
  'one-frame': mp4(picture(1), '-frames:v 1', X264),
  'long-audio': mp4(picture(2), tone(4), X264, AAC),
  'short-audio': mp4(picture(3), tone(1), X264, AAC),
  'late-video': mp4(tone(3), '-itsoffset 0.5', picture(2), '-vsync vfr', X264, '-bf 2', AAC),
  /** Black and silent for a second, then white and loud. */
  clapper: mp4(CLAP, X264, '-bf 2', AAC),
  'clapper-ts': clip('mpegts', 'ts', CLAP, X264, '-bf 2', AAC),
  /** No video in it. */
  'audio-only': mp4(tone(1), AAC),
  /** Sound with a cover picture, as a music shop sells it. */
  cover: mp4(tone(1), picture(1), '-map 0 -map 1', AAC, '-c:v mjpeg -frames:v 1 -disposition:v attached_pic'),
} as const satisfies Record<string, Recipe>;

/** Clips that are another one copied with changes to its container. */
const COPIES = {
  /** As a phone held upright records it. */
  'hevc-rotated': { of: 'hevc', before: [], after: ['-metadata:s:v', 'rotate=90'] },
  'upside-down': { of: 'silent', before: [], after: ['-metadata:s:v', 'rotate=180'] },
  /** Cut between key frames: the file holds pictures that an edit list hides. */
  'edit-list': { of: 'h264', before: ['-ss', '0.7'], after: [] },
} as const satisfies Record<
  string,
  { of: keyof typeof RECIPES; before: readonly string[]; after: readonly string[] }
>;

/** A call whose pictures change their size half-way. */
const JOINED = { 'size-change': ['silent-ts', 'ts-larger'] } as const satisfies Record<
  string,
  readonly (keyof typeof RECIPES)[]
>;

export type ClipName = keyof typeof RECIPES | keyof typeof COPIES | keyof typeof JOINED;

/** The demuxer that a clip's bytes need. */
export function demuxerOfClip(name: ClipName): Demuxer {
  if (isJoined(name)) return RECIPES[JOINED[name][0]].demuxer;
  return RECIPES[isCopy(name) ? COPIES[name].of : name].demuxer;
}

/**
 * Makes a clip with FFmpeg and resolves to its path. A clip that was made before, from the same words by the same
 * binary, is used again; the file must not be changed.
 */
export async function makeClip(name: ClipName): Promise<string> {
  if (isCopy(name)) {
    const { of, before, after } = COPIES[name];
    const original = await makeClip(of);
    return makeFile(name, extname(original).slice(1), [...before, '-i', original, '-c', 'copy', ...after]);
  }
  if (isJoined(name)) {
    const parts = await Promise.all(JOINED[name].map((part) => makeClip(part)));
    // A transport stream is joined by putting one behind the other.
    const bytes = Buffer.concat(await Promise.all(parts.map((part) => readFile(part))));
    const words = createHash('sha256').update(bytes).digest('hex');
    const path = join(dirname(parts[0] ?? ''), `${name}-${words.slice(0, 12)}.ts`);
    if (!(await exists(path))) await writeFile(path, bytes);
    return path;
  }
  const { extension, args } = RECIPES[name];
  return makeFile(name, extension, args);
}

function isJoined(name: ClipName): name is keyof typeof JOINED {
  return name in JOINED;
}

function isCopy(name: ClipName): name is keyof typeof COPIES {
  return name in COPIES;
}

async function makeFile(name: string, extension: string, args: readonly string[]): Promise<string> {
  const ffmpeg = await clipEncoder();
  const words = createHash('sha256')
    .update([ffmpeg, ...args].join('\0'))
    .digest('hex');
  const folder = join(tmpdir(), 'sluice-clips');
  const path = join(folder, `${name}-${words.slice(0, 12)}.${extension}`);
  if (await exists(path)) return path;
  await mkdir(folder, { recursive: true });
  const unfinished = join(folder, `${process.pid}-${Math.random().toString(36).slice(2)}.${extension}`);
  try {
    await run(ffmpeg, ['-y', '-nostdin', '-v', 'error', ...args, unfinished]);
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
  return path;
}

/** npm's build where it is installed, so that clips are the same on every machine; else what PATH has. */
async function clipEncoder(): Promise<string> {
  const bundled = await findFfmpeg({ pathVariable: '' }).catch(() => null);
  return (bundled ?? (await findFfmpeg({ pathVariable: process.env.PATH ?? '' }))).ffmpeg;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
