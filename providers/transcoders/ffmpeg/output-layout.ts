/** Names of what an encode writes, the same on disk and under the output prefix. */
export const AUDIO_FOLDER = 'audio';
export const INIT_NAME = 'init.mp4';
export const PLAYLIST_NAME = 'playlist.m3u8';
export const MASTER_NAME = 'master.m3u8';

/** The whole video in one file, beside the folder of its rendition: `720p.mp4`. */
export function mp4Name(label: string): string {
  return `${label}.mp4`;
}

export type SegmentContainer = 'fmp4' | 'ts';

const EXTENSION = { fmp4: 'm4s', ts: 'ts' } as const satisfies Record<SegmentContainer, string>;

/** FFmpeg's own pattern: `segment_%05d.m4s`. */
export function segmentPattern(container: SegmentContainer): string {
  return `segment_%05d.${EXTENSION[container]}`;
}

/** The number in a segment's file name; null for any other file. */
export function segmentNumber(fileName: string): number | null {
  const match = /^segment_(\d{5,})\.(m4s|ts)$/.exec(fileName);
  return match ? Number(match[1]) : null;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  m3u8: 'application/vnd.apple.mpegurl',
  m4s: 'video/iso.segment',
  mp4: 'video/mp4',
  ts: 'video/mp2t',
};

/** The media type of an output by its extension. */
export function contentTypeOf(fileName: string): string {
  return CONTENT_TYPES[fileName.slice(fileName.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
}

/** Every output lies under a prefix that is never written twice. */
export const IMMUTABLE = 'public, max-age=31536000, immutable';
