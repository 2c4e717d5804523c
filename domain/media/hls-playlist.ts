/** A variant or a rendition group member of a master playlist. */
export interface MasterPlaylist {
  readonly kind: 'master';
  readonly variants: readonly {
    readonly uri: string;
    readonly attributes: Readonly<Record<string, string>>;
  }[];
  /** URIs of EXT-X-MEDIA, EXT-X-I-FRAME-STREAM-INF and EXT-X-IMAGE-STREAM-INF. */
  readonly renditions: readonly string[];
  /** The attributes of each EXT-X-MEDIA. */
  readonly groups: readonly Readonly<Record<string, string>>[];
  /** Every other address that a tag names. */
  readonly resources: readonly string[];
  /** True when EXT-X-SESSION-KEY announces a key. */
  readonly encrypted: boolean;
}

/** One line of media. */
export interface Segment {
  readonly uri: string;
  readonly durationSeconds: number;
  /** Only where EXT-X-BYTERANGE cuts the segment out of a longer file: where it ends there, exclusive. */
  readonly endsAtByte?: number;
}

export interface MediaPlaylist {
  readonly kind: 'media';
  readonly segments: readonly Segment[];
  /** Every address that a tag names, such as EXT-X-MAP's and EXT-X-KEY's. */
  readonly resources: readonly string[];
  readonly ended: boolean;
  /** True when a segment needs a key. */
  readonly encrypted: boolean;
}

/** A playlist that is not one. */
export class PlaylistError extends Error {
  override readonly name = 'PlaylistError';
}

/** Tags whose address is a media playlist: RFC 8216, and the one that players of thumbnails read. */
const RENDITION_TAGS = ['#EXT-X-MEDIA', '#EXT-X-I-FRAME-STREAM-INF', '#EXT-X-IMAGE-STREAM-INF'];

/** Attributes whose value a player fetches, besides the addresses that stand on lines of their own. */
const ADDRESSES = /^(?:.+-)?URI$|^X-ASSET-LIST$/;

/**
 * `BANDWIDTH=1,CODECS="a,b"` -> its attributes, without quotes (RFC 8216 section 4.2). A name that comes twice, which
 * the RFC forbids, is read one way here and another way by some player.
 */
function attributesOf(list: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name, quoted, plain] of list.matchAll(/([A-Z0-9-]+)=(?:"([^"]*)"|([^,]*))/g))
    if (name !== undefined) {
      if (Object.hasOwn(attributes, name)) throw new PlaylistError(`${name} comes twice in one tag`);
      attributes[name] = quoted ?? plain ?? '';
    }
  return attributes;
}

function addressesOf(tag: string, list: string): string[] {
  if (!tag.startsWith('#EXT-X-')) return [];
  const named = Object.entries(attributesOf(list)).filter(([name]) => ADDRESSES.test(name));
  return named.map(([, address]) => address);
}

/**
 * Reads an HLS playlist of whatever origin (RFC 8216). FFmpeg never opens one that others made (R1).
 * Throws PlaylistError.
 */
export function parsePlaylist(text: string): MasterPlaylist | MediaPlaylist {
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  if (lines[0] !== '#EXTM3U') throw new PlaylistError('it does not begin with #EXTM3U');
  return lines.some((line) => line.startsWith('#EXT-X-STREAM-INF:')) ? master(lines) : media(lines);
}

function master(lines: readonly string[]): MasterPlaylist {
  const variants: { uri: string; attributes: Record<string, string> }[] = [];
  const renditions: string[] = [];
  const groups: Record<string, string>[] = [];
  const resources: string[] = [];
  lines.forEach((line, i) => {
    const [tag, list = ''] = splitTag(line);
    if (tag === '#EXT-X-STREAM-INF') {
      const uri = lines[i + 1];
      if (uri === undefined || uri.startsWith('#')) throw new PlaylistError('a variant has no URI');
      variants.push({ uri, attributes: attributesOf(list) });
    }
    if (tag === '#EXT-X-MEDIA') groups.push(attributesOf(list));
    const isRendition = RENDITION_TAGS.includes(tag);
    (isRendition ? renditions : resources).push(...addressesOf(tag, list));
  });
  return { kind: 'master', variants, renditions, groups, resources, encrypted: lines.some(announcesKey) };
}

/** RFC 8216 sections 4.3.2.4 and 4.3.4.5. */
function announcesKey(line: string): boolean {
  const [tag, list = ''] = splitTag(line);
  return (tag === '#EXT-X-KEY' || tag === '#EXT-X-SESSION-KEY') && attributesOf(list).METHOD !== 'NONE';
}

function media(lines: readonly string[]): MediaPlaylist {
  const segments: Segment[] = [];
  const resources: string[] = [];
  let durationSeconds: number | null = null;
  let range: string | null = null;
  for (const line of lines) {
    const [tag, list = ''] = splitTag(line);
    if (tag === '#EXTINF') durationSeconds = Number.parseFloat(list);
    if (tag === '#EXT-X-BYTERANGE') range = list;
    resources.push(...addressesOf(tag, list));
    if (line.startsWith('#')) continue;
    if (durationSeconds === null || !Number.isFinite(durationSeconds) || durationSeconds < 0)
      throw new PlaylistError(`${line} has no EXTINF`);
    const end = range === null ? {} : { endsAtByte: endOfRange(range, line, segments.at(-1)) };
    segments.push({ uri: line, durationSeconds, ...end });
    durationSeconds = null;
    range = null;
  }
  const ended = lines.includes('#EXT-X-ENDLIST');
  return { kind: 'media', segments, resources, ended, encrypted: lines.some(announcesKey) };
}

/** `n[@o]`: without an offset it follows the range before, which has to be of the same file (RFC 8216 section 4.3.2.2). */
function endOfRange(range: string, uri: string, before: Segment | undefined): number {
  const [, length, offset] = /^(\d{1,15})(?:@(\d{1,15}))?$/.exec(range) ?? [];
  const start = offset ?? (before?.uri === uri ? before.endsAtByte : undefined);
  if (length === undefined || start === undefined)
    throw new PlaylistError(`the range ${range} of ${uri} cannot be told`);
  return Number(start) + Number(length);
}

function splitTag(line: string): [string, string?] {
  const colon = line.indexOf(':');
  return colon < 0 ? [line] : [line.slice(0, colon), line.slice(colon + 1)];
}
