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

/** One attribute and the comma behind it. Sticky, and no two neighbours match the same: a list is read in one pass. */
const ATTRIBUTE = /[ \t]*([^=,"\s]+)=(?:"([^"]*)"|([^",\s]*))[ \t]*(?:,|$)/y;

/**
 * `BANDWIDTH=1,CODECS="a,b"` -> its attributes, without quotes (RFC 8216 section 4.2). A name that comes twice, which
 * the RFC forbids, or what is no attribute is read one way here and another way by some player.
 */
function attributesOf(list: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (ATTRIBUTE.lastIndex = 0; ATTRIBUTE.lastIndex < list.length; ) {
    const [, name, quoted, plain] = ATTRIBUTE.exec(list) ?? [];
    if (name === undefined) throw new PlaylistError('a list of attributes is none');
    if (Object.hasOwn(attributes, name)) throw new PlaylistError(`${name} comes twice in one tag`);
    attributes[name] = quoted ?? plain ?? '';
  }
  return attributes;
}

/** Tags without an address may be of any form, as those that nobody has standardised are. */
function addressesOf(tag: string, list: string): string[] {
  if (!tag.startsWith('#EXT-X-') || !/(?:URI|X-ASSET-LIST)\s*=/.test(list)) return [];
  const named = Object.entries(attributesOf(list)).filter(([name]) => ADDRESSES.test(name));
  return named.map(([, address]) => address);
}

/**
 * What some players take for the end of a line and others do not, which the RFC forbids (section 4.1): behind it a
 * remark would be an address.
 */
const DOUBTFUL_LINE_END = /\r(?!\n)|(?![\t\n\r])\p{Cc}|[\u2028\u2029]/u;

/** Players that search for tags find one in the middle of a line as well. */
function hidesTag(line: string): boolean {
  return line.indexOf('#EXT', 1) > 0;
}

/**
 * Reads an HLS playlist of whatever origin (RFC 8216). FFmpeg never opens one that others made (R1).
 * Throws PlaylistError.
 */
export function parsePlaylist(text: string): MasterPlaylist | MediaPlaylist {
  if (DOUBTFUL_LINE_END.test(text)) throw new PlaylistError('it has control characters');
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  if (lines[0] !== '#EXTM3U') throw new PlaylistError('it does not begin with #EXTM3U');
  if (lines.some(hidesTag)) throw new PlaylistError('it has a tag in the middle of a line');
  return lines.some((line) => line.startsWith('#EXT-X-STREAM-INF:')) ? master(lines) : media(lines);
}

function master(lines: readonly string[]): MasterPlaylist {
  const variants: { uri: string; attributes: Record<string, string> }[] = [];
  const renditions: string[] = [];
  const groups: Record<string, string>[] = [];
  const resources: string[] = [];
  lines.forEach((line, i) => {
    const [tag, list = ''] = splitTag(line);
    if (tag === '#EXTINF' || tag === '#EXT-X-TARGETDURATION')
      throw new PlaylistError('it is a master and a media playlist at once');
    if (!line.startsWith('#') && line.trim() !== '' && !lines[i - 1]?.startsWith('#EXT-X-STREAM-INF:'))
      throw new PlaylistError(`${line} belongs to no variant`);
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
    if (tag === '#EXTINF') durationSeconds = lengthIn(list);
    if (tag === '#EXT-X-BYTERANGE') range = list;
    resources.push(...addressesOf(tag, list));
    if (line.startsWith('#')) continue;
    if (durationSeconds === null) throw new PlaylistError(`${line} has no EXTINF`);
    const end = range === null ? {} : { endsAtByte: endOfRange(range, line, segments.at(-1)) };
    segments.push({ uri: line, durationSeconds, ...end });
    durationSeconds = null;
    range = null;
  }
  if (durationSeconds !== null) throw new PlaylistError('the last EXTINF has no segment');
  const ended = lines.includes('#EXT-X-ENDLIST');
  return { kind: 'media', segments, resources, ended, encrypted: lines.some(announcesKey) };
}

/** Of EXTINF: what stands behind the number without a comma would be an address to some players. Seconds. */
function lengthIn(list: string): number {
  const [, number] = /^[ \t]*(\d{1,15}(?:\.\d*)?)(?:,.*|[ \t]*)$/.exec(list) ?? [];
  if (number === undefined) throw new PlaylistError(`the EXTINF ${list.slice(0, 20)} is no length`);
  return Number(number);
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
