import { type MasterPlaylist, type MediaPlaylist, parsePlaylist } from '#domain/media/hls-playlist.ts';
import type { Pipeline, ShownVideo } from '#test/support/pipeline.ts';

/** One playlist of a stream as a player finds it. */
export interface PublishedPlaylist {
  /** `1280x720`; null for sound. */
  readonly resolution: string | null;
  readonly framesPerSecond: number | null;
  readonly codecs: string;
  /** Sum of the segments. */
  readonly durationSeconds: number;
  /** Names of its segments, without their folder. */
  readonly segments: readonly string[];
}

export interface PublishedStream {
  /** Highest first, as the master has them. */
  readonly variants: readonly PublishedPlaylist[];
  readonly audio: PublishedPlaylist | null;
}

/**
 * Plays a READY video to its end without looking at pictures: every playlist, init segment and segment is fetched
 * through the API without a token. Throws for anything that is not there or empty.
 */
export async function fetchStream({ app }: Pipeline, video: ShownVideo): Promise<PublishedStream> {
  const { streamUrl } = video.playback ?? {};
  if (!streamUrl) throw new Error(`Video ${video.id} is ${video.status} and has no stream`);
  const read = async (url: URL) => {
    const response = await app.request(url.pathname);
    const bytes = Buffer.from(await response.arrayBuffer());
    if (response.status !== 200 || bytes.length === 0)
      throw new Error(`${url.pathname} answered ${response.status} with ${bytes.length} bytes`);
    return bytes;
  };
  const playlistAt = async (url: URL) => ({ url, playlist: parsePlaylist((await read(url)).toString()) });
  const publish = async (
    { url, playlist }: { url: URL; playlist: MasterPlaylist | MediaPlaylist },
    attributes: Readonly<Record<string, string>>,
  ): Promise<PublishedPlaylist> => {
    if (playlist.kind !== 'media' || !playlist.ended) throw new Error(`${url} is no whole media playlist`);
    for (const uri of [...playlist.segments.map((segment) => segment.uri), ...playlist.resources])
      await read(new URL(uri, url));
    return {
      resolution: attributes.RESOLUTION ?? null,
      framesPerSecond: attributes['FRAME-RATE'] === undefined ? null : Number(attributes['FRAME-RATE']),
      codecs: attributes.CODECS ?? '',
      durationSeconds: playlist.segments.reduce((sum, segment) => sum + segment.durationSeconds, 0),
      segments: playlist.segments.map((segment) => segment.uri),
    };
  };
  const { url, playlist: master } = await playlistAt(new URL(streamUrl));
  if (master.kind !== 'master') throw new Error(`${streamUrl} is no master playlist`);
  const variants: PublishedPlaylist[] = [];
  for (const { uri, attributes } of master.variants)
    variants.push(await publish(await playlistAt(new URL(uri, url)), attributes));
  const [audio] = master.renditions;
  return { variants, audio: audio ? await publish(await playlistAt(new URL(audio, url)), {}) : null };
}
