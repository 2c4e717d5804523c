/** A variant or a rendition group member of a master playlist. */
export interface MasterPlaylist {
  readonly kind: 'master';
  readonly variants: readonly {
    readonly uri: string;
    readonly attributes: Readonly<Record<string, string>>;
  }[];
  /** URIs of EXT-X-MEDIA and EXT-X-I-FRAME-STREAM-INF. */
  readonly renditions: readonly string[];
  /** Every other address that a tag names. */
  readonly resources: readonly string[];
}

export interface MediaPlaylist {
  readonly kind: 'media';
  readonly segments: readonly { readonly uri: string; readonly durationSeconds: number }[];
  /** Every address that a tag names, such as EXT-X-MAP's and EXT-X-KEY's. */
  readonly resources: readonly string[];
  readonly ended: boolean;
}

/** A playlist that is not one. */
export class PlaylistError extends Error {
  override readonly name = 'PlaylistError';
}

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
  const resources: string[] = [];
  lines.forEach((line, i) => {
    const [tag, list = ''] = splitTag(line);
    if (tag === '#EXT-X-STREAM-INF') {
      const uri = lines[i + 1];
      if (uri === undefined || uri.startsWith('#')) throw new PlaylistError('a variant has no URI');
      variants.push({ uri, attributes: attributesOf(list) });
    }
    const isRendition = tag === '#EXT-X-MEDIA' || tag === '#EXT-X-I-FRAME-STREAM-INF';
    (isRendition ? renditions : resources).push(...addressesOf(tag, list));
  });
  return { kind: 'master', variants, renditions, resources };
}

function media(lines: readonly string[]): MediaPlaylist {
  const segments: { uri: string; durationSeconds: number }[] = [];
  const resources: string[] = [];
  let durationSeconds: number | null = null;
  for (const line of lines) {
    const [tag, list = ''] = splitTag(line);
    if (tag === '#EXTINF') durationSeconds = Number.parseFloat(list);
    resources.push(...addressesOf(tag, list));
    if (line.startsWith('#')) continue;
    if (durationSeconds === null || !(durationSeconds >= 0)) throw new PlaylistError(`${line} has no EXTINF`);
    segments.push({ uri: line, durationSeconds });
    durationSeconds = null;
  }
  return { kind: 'media', segments, resources, ended: lines.includes('#EXT-X-ENDLIST') };
}

function splitTag(line: string): [string, string?] {
  const colon = line.indexOf(':');
  return colon < 0 ? [line] : [line.slice(0, colon), line.slice(colon + 1)];
}
