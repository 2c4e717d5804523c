import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { setPriority } from 'node:os';
import path from 'node:path';
import { BITRATE_CAPS } from '#domain/transcode/rendition-ladder.ts';

/** The ladder of a 1080p source: what Sluice orders for it, written out. */
const RUNGS = [
  { size: '1920:1080', label: '1080p', capBits: BITRATE_CAPS.ffmpeg[1080] },
  { size: '1280:720', label: '720p', capBits: BITRATE_CAPS.ffmpeg[720] },
  { size: '854:480', label: '480p', capBits: BITRATE_CAPS.ffmpeg[480] },
  { size: '640:360', label: '360p', capBits: BITRATE_CAPS.ffmpeg[360] },
] as const;

/** The priority at which Sluice runs its FFmpeg. */
const NICE = 10;

/**
 * The command that somebody who knows FFmpeg would type: one decode, a cascade of scalers, four x264 and one AAC, 2 s
 * GOPs, 4 s fMP4 segments, from a local file into local folders. No grid of frames, no clock set to zero.
 */
function commandLine(source: string, folder: string): string[] {
  const scale = (size: string) => `scale=${size}:flags=bicubic`;
  const [top, ...lower] = RUNGS;
  const chains = lower.map(({ size }, i) => {
    const out = i === lower.length - 1 ? `[v${i + 1}]` : `,split=2[v${i + 1}][c${i + 1}]`;
    return `[c${i}]${scale(size)}${out}`;
  });
  const graph = [`[0:v]${scale(top.size)},format=yuv420p,split=2[v0][c0]`, ...chains].join(';');
  const hls = (label: string) => [
    ...['-f', 'hls', '-hls_time', '4', '-hls_playlist_type', 'vod', '-hls_segment_type', 'fmp4'],
    ...['-hls_segment_filename', path.join(folder, label, 'segment_%05d.m4s')],
    path.join(folder, label, 'playlist.m3u8'),
  ];
  const video = RUNGS.flatMap(({ label, capBits }, i) => [
    ...[
      '-map',
      `[v${i}]`,
      '-an',
      '-c:v',
      'libx264',
      '-preset',
      'veryfast',
      '-profile:v',
      'high',
      '-crf',
      '23',
    ],
    ...['-maxrate', String(capBits), '-bufsize', String(2 * capBits)],
    ...['-g', '60', '-keyint_min', '60', '-sc_threshold', '0'],
    ...hls(label),
  ]);
  const audio = ['-map', '0:a', '-vn', '-c:a', 'aac', '-b:a', '128k', '-ac', '2', '-ar', '48000'];
  return [
    ...['-y', '-nostdin', '-v', 'error', '-i', source, '-filter_complex', graph],
    ...video,
    ...audio,
    ...hls('audio'),
  ];
}

/** Encodes once and deletes the outputs. Resolves to seconds by the clock, from start to exit. */
export async function rawEncode(
  ffmpeg: string,
  source: string,
  folder: string,
  signal: AbortSignal,
): Promise<number> {
  for (const label of [...RUNGS.map((rung) => rung.label), 'audio'])
    await mkdir(path.join(folder, label), { recursive: true });
  const startedAt = performance.now();
  await new Promise<void>((resolve, reject) => {
    const child = execFile(ffmpeg, commandLine(source, folder), { signal }, (error) =>
      error ? reject(error) : resolve(),
    );
    if (child.pid !== undefined) setPriority(child.pid, NICE);
  });
  const seconds = (performance.now() - startedAt) / 1000;
  await rm(folder, { recursive: true });
  return seconds;
}
