import { posix } from 'node:path';
import { text } from 'node:stream/consumers';
import { PlaylistError, parsePlaylist } from '#domain/media/hls-playlist.ts';
import type { ObjectStore } from '#providers/storage/object-store.ts';
import { isStorageError } from '#providers/storage/storage-errors.ts';
import type { ListedRendition, OutputPlaylists } from '#providers/transcoders/output-playlists.ts';
import { TranscodeFailure } from '#providers/transcoders/transcoder.ts';

/** A master playlist of our ladder takes a few KiB; what is longer is none. */
const MASTER_MAX_BYTES = 1024 ** 2;

/** Lets an adapter see which renditions its provider has written, by the same parser that verifies them later. */
export function outputPlaylists(media: ObjectStore): OutputPlaylists {
  return {
    async read(masterKey) {
      const playlist = parse(masterKey, await readText(media, masterKey));
      if (playlist.kind !== 'master')
        throw new TranscodeFailure('TRANSCODE_ERROR', `${masterKey} is no master playlist`);
      const keyOf = (uri: string) => posix.join(posix.dirname(masterKey), uri);
      const renditions = playlist.variants.map(({ uri, attributes }): ListedRendition => {
        const [, width, height] = /^(\d+)x(\d+)$/.exec(attributes.RESOLUTION ?? '') ?? [];
        return {
          key: keyOf(uri),
          bandwidthBitsPerSecond: Number(attributes.BANDWIDTH ?? 0),
          width: width === undefined ? null : Number(width),
          height: height === undefined ? null : Number(height),
          codecs: attributes.CODECS ?? null,
        };
      });
      const audio = playlist.groups.flatMap((group) =>
        group.TYPE === 'AUDIO' && group.URI !== undefined ? [keyOf(group.URI)] : [],
      );
      return {
        renditions: renditions.sort((a, b) => b.bandwidthBitsPerSecond - a.bandwidthBitsPerSecond),
        audioKeys: [...new Set(audio)],
      };
    },
    async keysUnder(prefix) {
      const keys = new Set<string>();
      for await (const object of media.list(prefix)) if (object.sizeBytes > 0) keys.add(object.key);
      return keys;
    },
  };
}

async function readText(media: ObjectStore, key: string): Promise<string> {
  try {
    const { body, object } = await media.get(key, { range: { start: 0, end: MASTER_MAX_BYTES - 1 } });
    if (object.sizeBytes <= MASTER_MAX_BYTES) return await text(body);
    body.destroy();
  } catch (error) {
    if (!isStorageError(error, 'object_not_found')) throw error;
  }
  throw new TranscodeFailure('TRANSCODE_ERROR', `There is no master playlist at ${key}`);
}

function parse(key: string, playlist: string): ReturnType<typeof parsePlaylist> {
  try {
    return parsePlaylist(playlist);
  } catch (error) {
    if (!(error instanceof PlaylistError)) throw error;
    throw new TranscodeFailure('TRANSCODE_ERROR', `${key}: ${error.message}`, { cause: error });
  }
}
