import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type MediaPlaylist, parsePlaylist } from '#domain/media/hls-playlist.ts';

const run = promisify(execFile);

export interface CheckedVariant {
  readonly resolution: string;
  readonly segments: number;
  readonly bytes: number;
  readonly durationSeconds: number;
}

/**
 * Fetches a stream as a player would, every playlist and every segment, and lets ffprobe measure each variant: its size
 * must be the one the master playlist promises, its length that of the source.
 *
 * Throws an Error that says what is wrong.
 */
export async function checkStream(
  streamUrl: string,
  ffprobe: string,
  expectedSeconds: number,
): Promise<CheckedVariant[]> {
  const master = parsePlaylist(await fetchText(streamUrl));
  if (master.kind !== 'master') throw new Error(`${streamUrl} is not a master playlist`);
  for (const uri of master.renditions) await download(new URL(uri, streamUrl), null);
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-demo-'));
  try {
    const checked: CheckedVariant[] = [];
    for (const [i, variant] of master.variants.entries()) {
      const file = path.join(folder, `${i}.media`);
      const fetched = await download(new URL(variant.uri, streamUrl), file);
      const found = await measure(ffprobe, file);
      const resolution = variant.attributes.RESOLUTION ?? 'unnamed';
      if (found.resolution !== resolution)
        throw new Error(`The ${resolution} variant really is ${found.resolution}`);
      if (Math.abs(fetched.durationSeconds - expectedSeconds) > 0.2)
        throw new Error(
          `The ${resolution} variant lasts ${fetched.durationSeconds} s, the source ${expectedSeconds} s`,
        );
      if (Math.abs(found.durationSeconds - expectedSeconds) > 0.2)
        throw new Error(
          `ffprobe measures ${found.durationSeconds} s in ${resolution}, the source has ${expectedSeconds} s`,
        );
      checked.push({ resolution, ...fetched });
    }
    return checked;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fetchText(url: string | URL): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.text();
}

/** Fetches a media playlist and all it names; the bytes go to `file` one after the other. */
async function download(
  playlistUrl: URL,
  file: string | null,
): Promise<{ segments: number; bytes: number; durationSeconds: number }> {
  const playlist = parsePlaylist(await fetchText(playlistUrl)) as MediaPlaylist;
  let bytes = 0;
  for (const uri of [...playlist.resources, ...playlist.segments.map((segment) => segment.uri)]) {
    const response = await fetch(new URL(uri, playlistUrl));
    if (!response.ok) throw new Error(`${uri} answered ${response.status}`);
    const body = Buffer.from(await response.arrayBuffer());
    if (body.length === 0) throw new Error(`${uri} is empty`);
    bytes += body.length;
    if (file !== null) await appendFile(file, body);
  }
  const durationSeconds = playlist.segments.reduce((sum, segment) => sum + segment.durationSeconds, 0);
  return { segments: playlist.segments.length, bytes, durationSeconds };
}

async function measure(
  ffprobe: string,
  file: string,
): Promise<{ resolution: string; durationSeconds: number }> {
  // The static build of npm crashes on MPEG-TS when it finds the machine's own iconv modules.
  const options = { env: { ...process.env, GCONV_PATH: '/nonexistent' } };
  const { stdout } = await run(
    ffprobe,
    [
      ...[
        '-v',
        'error',
        '-protocol_whitelist',
        'file',
        '-format_whitelist',
        'mov,mp4,m4a,3gp,3g2,mj2,mpegts',
      ],
      ...[
        '-select_streams',
        'v:0',
        '-show_entries',
        'stream=width,height:format=duration',
        '-of',
        'json',
        file,
      ],
    ],
    options,
  );
  const probed = JSON.parse(stdout) as {
    streams: { width: number; height: number }[];
    format: { duration: string };
  };
  const [video] = probed.streams;
  return { resolution: `${video?.width}x${video?.height}`, durationSeconds: Number(probed.format.duration) };
}
