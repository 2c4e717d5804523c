import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type MediaPlaylist, parsePlaylist } from '#domain/media/hls-playlist.ts';
import { findFfmpeg } from '#providers/transcoders/ffmpeg/ffmpeg-binaries.ts';
import type { ShownVideo } from '#test/support/pipeline.ts';

const run = promisify(execFile);

/** One track of a playlist, as ffprobe sees it in the bytes that were delivered. */
export interface PlayedTrack {
  readonly kind: string;
  readonly codec: string;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly channels: number | undefined;
  readonly frames: number;
}

export interface PlayedPlaylist {
  /** Of the master playlist; null for sound. */
  readonly resolution: string | null;
  readonly durationSeconds: number;
  readonly tracks: readonly PlayedTrack[];
}

/** Fetches all of a READY video over HTTP, without a token, and measures every playlist's bytes by ffprobe. */
export async function playedStream(video: ShownVideo): Promise<PlayedPlaylist[]> {
  const { streamUrl } = video.playback ?? {};
  if (!streamUrl) throw new Error(`Video ${video.id} is ${video.status} and has no stream`);
  const masterUrl = new URL(streamUrl);
  const master = parsePlaylist((await fetched(masterUrl)).toString());
  if (master.kind !== 'master') throw new Error(`${streamUrl} is no master playlist`);
  const played: PlayedPlaylist[] = [];
  for (const { uri, attributes } of master.variants)
    played.push(await measured(new URL(uri, masterUrl), attributes.RESOLUTION ?? 'none'));
  for (const uri of master.renditions) played.push(await measured(new URL(uri, masterUrl), null));
  return played;
}

async function fetched(url: URL): Promise<Buffer> {
  const answer = await fetch(url);
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (answer.status !== 200 || bytes.length === 0) throw new Error(`${url} answered ${answer.status}`);
  return bytes;
}

async function measured(url: URL, resolution: string | null): Promise<PlayedPlaylist> {
  const playlist = parsePlaylist((await fetched(url)).toString());
  if (playlist.kind !== 'media' || !playlist.ended) throw new Error(`${url} is no whole media playlist`);
  const uris = [...playlist.resources, ...playlist.segments.map(({ uri }) => uri)];
  const parts = await Promise.all(uris.map((uri) => fetched(new URL(uri, url))));
  return { resolution, durationSeconds: lengthOf(playlist), tracks: await probed(Buffer.concat(parts)) };
}

function lengthOf({ segments }: MediaPlaylist): number {
  return segments.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0);
}

async function probed(bytes: Buffer): Promise<PlayedTrack[]> {
  const { ffprobe } = await findFfmpeg({ pathVariable: process.env.PATH ?? '' });
  const folder = await mkdtemp(join(tmpdir(), 'sluice-played-'));
  try {
    const file = join(folder, 'stream');
    await writeFile(file, bytes);
    const args = ['-v', 'error', '-count_frames', '-show_streams', '-of', 'json', file];
    const { streams } = JSON.parse((await run(ffprobe, args)).stdout) as {
      streams: Record<string, string | number>[];
    };
    return streams.map((stream) => ({
      kind: String(stream.codec_type),
      codec: String(stream.codec_name),
      width: stream.width === undefined ? undefined : Number(stream.width),
      height: stream.height === undefined ? undefined : Number(stream.height),
      channels: stream.channels === undefined ? undefined : Number(stream.channels),
      frames: Number(stream.nb_read_frames),
    }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
