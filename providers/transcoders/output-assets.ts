import type { ListedRendition } from './output-playlists.ts';
import type { OutputAsset, Rendition } from './transcoder.ts';

/** What is known of every asset; the rest is null where nobody has told it. */
type Named = Pick<OutputAsset, 'type' | 'qualityLabel' | 'key' | 'container'>;

export function assetOf(named: Named, told: Partial<OutputAsset> = {}): OutputAsset {
  return { bandwidthBitsPerSecond: null, width: null, height: null, codec: null, ...told, ...named };
}

/** A rung as a master playlist lists it; its size is that of the playlist, unless given. */
export function renditionAsset(
  qualityLabel: string,
  listed: ListedRendition,
  { width, height }: Pick<ListedRendition, 'width' | 'height'> = listed,
): OutputAsset {
  return assetOf(
    { type: 'HLS_RENDITION', qualityLabel, key: listed.key, container: 'm3u8' },
    {
      // A playlist without one is read as 0.
      bandwidthBitsPerSecond: listed.bandwidthBitsPerSecond || null,
      width,
      height,
      codec: codecOf(listed, ['avc', 'hvc', 'hev']),
    },
  );
}

/** The group of sound with this number, from 0. */
export function audioAsset(key: string, index: number, codec: string | null = null): OutputAsset {
  const qualityLabel = index === 0 ? 'audio' : `audio-${index + 1}`;
  return assetOf({ type: 'HLS_AUDIO', qualityLabel, key, container: 'm3u8' }, { codec });
}

/** An MP4 of a rung; how many bits it takes is not told. */
export function mp4Asset(
  { label, width, height }: Rendition,
  key: string,
  codec: string | null = null,
): OutputAsset {
  return assetOf({ type: 'MP4', qualityLabel: label, key, container: 'mp4' }, { width, height, codec });
}

export function posterAsset(key: string): OutputAsset {
  return assetOf({ type: 'THUMBNAIL', qualityLabel: 'poster', key, container: 'jpg' });
}

/** The first of a comma-separated list (RFC 6381) that begins with one of these. */
export function codecOf({ codecs }: ListedRendition, beginnings: readonly string[]): string | null {
  return (
    (codecs ?? '')
      .split(',')
      .map((codec) => codec.trim())
      .find((codec) => beginnings.some((beginning) => codec.startsWith(beginning))) ?? null
  );
}
