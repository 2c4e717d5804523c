import { posix } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TranscodeOrder, TranscodeOutput } from '#providers/transcoders/transcoder.ts';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { type MasterPlaylist, type MediaPlaylist, parsePlaylist } from '../media/hls-playlist.ts';
import { perSecond } from './frame-grid.ts';

/** A playlist is text; more than this is somebody's attack. */
const PLAYLIST_BYTES_MAX = 8 * 1024 ** 2;

/**
 * Passes when storage holds exactly what players will ask for: the master and every media playlist are read, each URI
 * lies inside the prefix and names an object that is listed with bytes, the rungs are those that were ordered, and each
 * rendition lasts as long as the source (R5).
 *
 * Throws DomainError `output_incomplete` with what is wrong, StorageError.
 */
export async function verifyOutput(
  { storage }: Needs<'storage'>,
  order: TranscodeOrder,
  output: Pick<TranscodeOutput, 'masterKey' | 'assets'>,
): Promise<void> {
  const prefix = order.outputPrefix;
  const sizes = new Map<string, number>();
  for await (const object of storage.media.list(prefix)) sizes.set(object.key, object.sizeBytes);

  const read = async (key: string) => {
    const sizeBytes = sizes.get(key) ?? 0;
    if (sizeBytes === 0) throw incomplete(`${key} is not there or empty`);
    if (sizeBytes > PLAYLIST_BYTES_MAX) throw incomplete(`${key} is too long for a playlist`);
    const { body } = await storage.media.get(key);
    return parsePlaylist(await text(body));
  };
  const demand = (playlistKey: string, uri: string) => {
    const key = resolveInside(prefix, playlistKey, uri);
    if ((sizes.get(key) ?? 0) === 0)
      throw incomplete(`${key} is named by a playlist, but is not there or empty`);
    return key;
  };

  const invented = output.assets.find((asset) => (sizes.get(asset.key) ?? 0) === 0);
  if (invented) throw incomplete(`${invented.key} is reported, but is not there or empty`);
  const masterKey = resolveInside(prefix, `${prefix}x`, output.masterKey.slice(prefix.length));
  if (masterKey !== output.masterKey) throw incomplete('the master playlist lies outside the attempt');
  const master = await readAs(read, masterKey, 'master');
  refuseOtherRungs(order, master);
  for (const named of master.resources) demand(masterKey, named);
  const playlists = new Set([...master.variants.map((v) => v.uri), ...master.renditions]);
  for (const uri of playlists) {
    const key = demand(masterKey, uri);
    const playlist = await readAs(read, key, 'media');
    if (!playlist.ended) throw incomplete(`${key} has no end`);
    for (const named of [...playlist.segments.map((s) => s.uri), ...playlist.resources]) demand(key, named);
    if (master.variants.some((variant) => variant.uri === uri)) refuseOtherLength(order, key, playlist);
  }
}

function incomplete(what: string): DomainError {
  return new DomainError('output_incomplete', `The output is not whole: ${what}`);
}

async function readAs<K extends 'master' | 'media'>(
  read: (key: string) => Promise<MasterPlaylist | MediaPlaylist>,
  key: string,
  kind: K,
): Promise<Extract<MasterPlaylist | MediaPlaylist, { kind: K }>> {
  const playlist = await read(key).catch((error: unknown) => {
    if (error instanceof Error && error.name === 'PlaylistError')
      throw incomplete(`${key}: ${error.message}`);
    throw error;
  });
  if (playlist.kind !== kind) throw incomplete(`${key} is not a ${kind} playlist`);
  return playlist as Extract<MasterPlaylist | MediaPlaylist, { kind: K }>;
}

/** The key that a URI in a playlist means. Relative, without `..`, scheme, authority or query, inside the prefix. */
function resolveInside(prefix: string, playlistKey: string, uri: string): string {
  const plain = /^[A-Za-z0-9._~-][A-Za-z0-9._~/-]*$/.test(uri) && !uri.split('/').includes('..');
  const key = posix.join(posix.dirname(playlistKey), uri);
  if (!plain || !key.startsWith(prefix))
    throw incomplete(`the URI ${JSON.stringify(uri)} leaves the attempt's prefix`);
  return key;
}

function refuseOtherRungs(order: TranscodeOrder, master: MasterPlaylist): void {
  const planned = order.ladder.map(({ width, height }) => `${width}x${height}`).sort();
  const found = master.variants.map(({ attributes }) => attributes.RESOLUTION ?? 'none').sort();
  if (planned.join() !== found.join())
    throw incomplete(`planned ${planned.join(', ')}, found ${found.join(', ')}`);
}

/** One frame of our grid for what we encode ourselves; providers round to segments. */
function refuseOtherLength(order: TranscodeOrder, key: string, playlist: MediaPlaylist): void {
  const lengthSeconds = playlist.segments.reduce((sum, segment) => sum + segment.durationSeconds, 0);
  const frameSeconds = 1 / perSecond(order.range.framesPerSecond);
  const wanted = order.probe.durationSeconds;
  // A hundredth more: playlists round each segment, and containers round their duration.
  if (Math.abs(lengthSeconds - wanted) > frameSeconds + 0.011)
    throw incomplete(`${key} lasts ${lengthSeconds.toFixed(3)} s, the source ${wanted.toFixed(3)} s`);
}
