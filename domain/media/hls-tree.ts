import { posix } from 'node:path';
import { type MasterPlaylist, type MediaPlaylist, PlaylistError, parsePlaylist } from './hls-playlist.ts';

/** Twelve hours cut by the second take half of this; a line of it costs ten times its length in memory, and a second a million. */
const PLAYLIST_BYTES_MAX = 4 * 1024 ** 2;
const PLAYLISTS_TOGETHER_BYTES_MAX = 16 * 1024 ** 2;

/** The files of one stream, by their path from its top folder. */
export interface HlsFiles {
  /** 0 for a file that is not there. */
  sizeOf(path: string): number;
  read(path: string): Promise<string>;
}

/** A stream as a player will walk it. */
export interface HlsTree {
  readonly master: MasterPlaylist;
  readonly variants: readonly {
    readonly path: string;
    readonly attributes: Readonly<Record<string, string>>;
    readonly playlist: MediaPlaylist;
  }[];
  /** Every media playlist, those of sound and subtitles too, by path. */
  readonly playlists: ReadonlyMap<string, MediaPlaylist>;
  /** Every file that a player may ask for, the playlists included. */
  readonly named: ReadonlySet<string>;
}

/** The files are no whole stream. `message` names the file that is wrong. */
export class HlsTreeError extends Error {
  override readonly name = 'HlsTreeError';
}

/**
 * Walks from a master playlist to everything it leads to, as a player would: each playlist is read, has an end and an
 * address that stays inside the top folder, and each file it names is there and has bytes (R5). Nothing here is opened
 * by FFmpeg (R1).
 *
 * Throws HlsTreeError with what is wrong, and what `files` throws.
 */
export async function readHlsTree(files: HlsFiles, masterPath: string): Promise<HlsTree> {
  const named = new Set([masterPath]);
  let readBytes = 0;

  async function read<K extends 'master' | 'media'>(path: string, kind: K) {
    const sizeBytes = files.sizeOf(path);
    if (sizeBytes === 0) throw new HlsTreeError(`${path} is not there or empty`);
    readBytes += sizeBytes;
    if (sizeBytes > PLAYLIST_BYTES_MAX || readBytes > PLAYLISTS_TOGETHER_BYTES_MAX)
      throw new HlsTreeError(`${path} is too long for a playlist`);
    const playlist = parse(path, await files.read(path));
    if (playlist.kind !== kind) throw new HlsTreeError(`${path} is not a ${kind} playlist`);
    return playlist as Extract<MasterPlaylist | MediaPlaylist, { kind: K }>;
  }

  /** The path that a URI means; its file has at least so many bytes. */
  function demand(playlistPath: string, uri: string, bytesMin = 1): string {
    const path = resolveInside(playlistPath, uri);
    named.add(path);
    const sizeBytes = files.sizeOf(path);
    if (sizeBytes === 0) throw new HlsTreeError(`${path} is named by a playlist, but is not there or empty`);
    if (sizeBytes < bytesMin) throw new HlsTreeError(`${path} ends before a range that a playlist names`);
    return path;
  }

  async function readMedia(path: string): Promise<MediaPlaylist> {
    const playlist = await read(path, 'media');
    if (!playlist.ended) throw new HlsTreeError(`${path} has no end`);
    for (const segment of playlist.segments) demand(path, segment.uri, segment.endsAtByte);
    for (const uri of playlist.resources) demand(path, uri);
    return playlist;
  }

  const master = await read(masterPath, 'master');
  for (const uri of master.resources) demand(masterPath, uri);
  const playlists = new Map<string, MediaPlaylist>();
  for (const uri of [...master.variants.map((variant) => variant.uri), ...master.renditions]) {
    const path = demand(masterPath, uri);
    if (!playlists.has(path)) playlists.set(path, await readMedia(path));
  }
  const variants = master.variants.flatMap(({ uri, attributes }) => {
    const path = resolveInside(masterPath, uri);
    const playlist = playlists.get(path);
    return playlist ? [{ path, attributes, playlist }] : [];
  });
  return { master, variants, playlists, named };
}

function parse(path: string, text: string): MasterPlaylist | MediaPlaylist {
  try {
    return parsePlaylist(text);
  } catch (error) {
    if (error instanceof PlaylistError) throw new HlsTreeError(`${path}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** Relative, without `..`, scheme, authority, query or escapes: then every player reads it the same way. */
function resolveInside(playlistPath: string, uri: string): string {
  const plain = /^[A-Za-z0-9._~-][A-Za-z0-9._~/-]*$/.test(uri) && !uri.split('/').includes('..');
  if (!plain) throw new HlsTreeError(`the URI ${JSON.stringify(uri)} leads outside`);
  return posix.join(posix.dirname(playlistPath), uri);
}

/** How long a playlist plays. Seconds. */
export function lengthOf(playlist: MediaPlaylist): number {
  return playlist.segments.reduce((sum, segment) => sum + segment.durationSeconds, 0);
}
