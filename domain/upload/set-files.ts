import { posix } from 'node:path';
import { DomainError, type ErrorCode } from '../errors.ts';
import { refuseSize } from './accept-source.ts';
import { type UploadPolicy, VIDEO_FORMATS, type VideoFormat } from './upload-policies.ts';
import type { SetFile } from './upload-session.entity.ts';

/** Files of one request, and so of one set: with segments of four seconds a film in one rendition, or an hour in four. */
export const SET_FILES_MAX = 2000;
const SEGMENT_BYTES_MAX = 255;

/** The type of a set as a whole: that of its playlists (RFC 8216 section 4). */
export const HLS_MIME_TYPE = 'application/vnd.apple.mpegurl';
/** A picture of this name at the top of a set is the video's poster. */
export const POSTER_PATH = 'poster.jpg';

/** What a set may hold: MIME types by extension, the first is the one that players get. No keys: see `verifySet`. */
export const SET_TYPES: Readonly<Record<string, readonly [string, ...string[]]>> = {
  m3u8: [HLS_MIME_TYPE, 'application/x-mpegurl', 'audio/mpegurl', 'audio/x-mpegurl'],
  ts: ['video/mp2t'],
  m4s: ['video/iso.segment', 'video/mp4', 'audio/mp4', 'application/mp4'],
  mp4: ['video/mp4', 'audio/mp4', 'application/mp4'],
  aac: ['audio/aac', 'audio/aacp', 'audio/x-aac'],
  vtt: ['text/vtt'],
  jpg: ['image/jpeg', 'image/jpg'],
};
/** A client that does not know the type says this; then the extension alone decides. */
const SAYS_NOTHING = ['application/octet-stream', 'binary/octet-stream'];

/** Which playlist of the top folder is the master where there are several; the first of these that is there. */
const MASTER_NAMES = ['master.m3u8', 'index.m3u8', 'main.m3u8', 'playlist.m3u8'];

/** What can be published, from the top of the set: a name that no URL has to escape, in one folder at most. */
const PUBLISHED_PATH = /^(?:[A-Za-z0-9_-]+\/)?[A-Za-z0-9_-]+\.[a-z0-9]+$/;

/** A file as a request names it. */
export interface NamedFile {
  readonly path: string;
  readonly contentType: string;
  /** Null where the request does not say. */
  readonly sizeBytes: number | null;
}

/** A ready-made HLS set, as announced. Paths of `files` begin at the set's top folder. */
export interface PlannedSet {
  /** Where the master stands in the request: `job-1/master.m3u8`. */
  readonly masterPath: string;
  readonly files: readonly SetFile[];
  /** Null where a size is missing. */
  readonly sizeBytes: number | null;
}

function refusal(code: ErrorCode, field: string, message: string): DomainError {
  return new DomainError(code, message, { fields: [{ field, message }] });
}

function extensionOf(path: string): string {
  return posix.extname(path).slice(1);
}

/** The folder of a path, without a slash at the end; empty at the top. */
function folderOf(path: string): string {
  const folder = posix.dirname(path);
  return folder === '.' ? '' : folder;
}

/**
 * Splits a request: what belongs to an HLS set, and what is a video of its own. An .mp4 belongs to the set when it lies
 * in the set's top folder or below. Numbers are places in `files`.
 *
 * Throws DomainError `invalid_request` for a path that is not relative and plain or comes twice, `unsupported_format`
 * for a kind of file that is neither, or whose type does not fit its extension.
 */
export function splitFiles(
  files: readonly NamedFile[],
  policy: Pick<UploadPolicy, 'formats'>,
): { readonly videos: readonly number[]; readonly set: readonly number[] } {
  const seen = new Set<string>();
  const tops = topFolders(files.map((file) => file.path).filter(isPlaylist));
  const inSet = (path: string) => tops.some((top) => top === '' || path.startsWith(`${top}/`));
  const videos: number[] = [];
  const set: number[] = [];
  files.forEach(({ path, contentType }, index) => {
    refusePath(path, `files[${index}].path`);
    if (seen.has(path)) throw refusal('invalid_request', `files[${index}].path`, 'comes twice');
    seen.add(path);
    const extension = extensionOf(path);
    const ofSet = extension === 'mp4' ? inSet(path) : Object.hasOwn(SET_TYPES, extension);
    const types = ofSet ? SET_TYPES[extension] : videoTypes(extension.toLowerCase(), policy);
    if (!types)
      throw refusal(
        'unsupported_format',
        `files[${index}].path`,
        extension === '' ? 'has no extension, which tells what it is' : `.${extension} is not taken here`,
      );
    refuseOtherType(contentType, types, `files[${index}].contentType`);
    (ofSet ? set : videos).push(index);
  });
  return { videos, set };
}

function refusePath(path: string, field: string): void {
  for (const step of path.split('/'))
    if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(step) || step.length > SEGMENT_BYTES_MAX)
      throw refusal(
        'invalid_request',
        field,
        'must be relative, of letters, digits, `-`, `_` and `.`, no step beginning with a dot',
      );
}

function videoTypes(extension: string, policy: Pick<UploadPolicy, 'formats'>): readonly string[] | undefined {
  const formats: VideoFormat[] = policy.formats.map((name) => VIDEO_FORMATS[name]);
  return formats.find((format) => format.extensions.includes(extension))?.mimeTypes;
}

function refuseOtherType(contentType: string, types: readonly string[], field: string): void {
  const declared = (contentType.split(';')[0] ?? '').trim().toLowerCase();
  if (![...types, ...SAYS_NOTHING].includes(declared))
    throw refusal('unsupported_format', field, `does not fit the extension; send ${types[0]}`);
}

function isPlaylist(path: string): boolean {
  return extensionOf(path) === 'm3u8';
}

/** The folders that hold the playlists which lie highest. More than one: nobody can tell which of them is the top. */
function topFolders(playlists: readonly string[]): string[] {
  const depthOf = (path: string) => path.split('/').length;
  const depth = Math.min(...playlists.map(depthOf));
  return [...new Set(playlists.filter((path) => depthOf(path) === depth).map(folderOf))];
}

/**
 * The set's master playlist: of the playlists that lie highest the only one, or the one with the usual name.
 *
 * @returns its path, or null where that cannot be told
 */
export function masterOf(paths: readonly string[]): string | null {
  const playlists = paths.filter(isPlaylist);
  const [top, ...others] = topFolders(playlists);
  if (top === undefined || others.length > 0) return null;
  const candidates = playlists.filter((path) => folderOf(path) === top);
  if (candidates.length === 1) return candidates[0] ?? null;
  return MASTER_NAMES.map((name) => posix.join(top, name)).find((path) => candidates.includes(path)) ?? null;
}

/**
 * The set that the files of a request are. Throws DomainError `hls_set_invalid` naming the member, `empty_file`,
 * `file_too_large` for all together.
 *
 * @param places which of `files` belong to it, for the names of members
 */
export function planSet(
  files: readonly NamedFile[],
  places: readonly number[],
  policy: UploadPolicy,
): PlannedSet {
  const named = places.flatMap((place) => {
    const file = files[place];
    return file ? [{ ...file, field: `files[${place}]` }] : [];
  });
  const masterPath = masterOf(named.map((file) => file.path));
  if (masterPath === null)
    throw refusal(
      'hls_set_invalid',
      'files',
      `there is no way to tell which playlist is the master; name one ${MASTER_NAMES[0]} at the top`,
    );
  const top = folderOf(masterPath);
  const inTop = named.map((file) => {
    const path = top === '' ? file.path : file.path.slice(top.length + 1);
    if (top !== '' && !file.path.startsWith(`${top}/`))
      throw refusal('hls_set_invalid', `${file.field}.path`, `lies outside ${top}/, where the master is`);
    if (!PUBLISHED_PATH.test(path))
      throw refusal(
        'hls_set_invalid',
        `${file.field}.path`,
        'has to lie beside the master or in one folder there, with one dot in its name',
      );
    refuseSize(policy, file.sizeBytes, `${file.field}.size`);
    return { path, contentType: file.contentType, sizeBytes: file.sizeBytes };
  });
  const known = inTop.reduce((sum, file) => sum + (file.sizeBytes ?? 0), 0);
  refuseSize(policy, known === 0 ? null : known, 'files');
  return {
    masterPath,
    files: inTop,
    sizeBytes: inTop.every((file) => file.sizeBytes !== null) ? known : null,
  };
}

/** Files of a set that stands already. */
export interface StandingSet {
  readonly masterPath: string;
  readonly files: readonly SetFile[];
}

/** Finds a set's file by what a request calls it; null for one of another name, type or size. */
export function fileFinder({ masterPath, files }: StandingSet): (wanted: NamedFile) => SetFile | null {
  const top = folderOf(masterPath);
  const byPath = new Map(files.map((file) => [posix.join(top, file.path), file]));
  return ({ path, contentType, sizeBytes }) => {
    const file = byPath.get(path);
    return file?.contentType === contentType && file.sizeBytes === sizeBytes ? file : null;
  };
}

/** True when a request names files of this set and nothing else. */
export function isPartOf(set: StandingSet, wanted: readonly NamedFile[]): boolean {
  const find = fileFinder(set);
  return wanted.every((file) => find(file) !== null);
}
