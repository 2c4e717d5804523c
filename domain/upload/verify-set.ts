import { posix } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import type { ObjectStore } from '#providers/storage/object-store.ts';
import type { SourceLimits } from '#providers/transcoders/source-inspector.ts';
import type { FailReason } from '../fail-reasons.ts';
import { type HlsTree, HlsTreeError, lengthOf, readHlsTree } from '../media/hls-tree.ts';
import { isSegment, SEGMENT_SNIFF_BYTES } from '../media/sniff-segment.ts';
import type { StagedFile, StagedSet } from './check-set.ts';
import { eachSetFile } from './each-set-file.ts';
import { masterOf } from './set-files.ts';
import type { UploadPolicy } from './upload-policies.ts';

/** A set that can be played as it stands. */
export interface VerifiedSet {
  readonly masterPath: string;
  readonly master: StagedFile;
  readonly tree: HlsTree;
  readonly staged: StagedSet;
  readonly durationSeconds: number;
  /** All files together. */
  readonly sizeBytes: number;
}

/** The set is no stream that players could play. `message` says which file and why, for people. */
export class SetFault extends Error {
  override readonly name = 'SetFault';
  readonly reason: FailReason;

  constructor(detail: string, reason: FailReason = 'HLS_SET_INVALID') {
    super(detail);
    this.reason = reason;
  }
}

/** What a set may hold without a playlist that names it: pictures and texts for a player's own use. */
const UNNAMED_ALLOWED = ['jpg', 'vtt'];
const PICTURE_SIZE = /^(\d{1,5})x(\d{1,5})$/;

/**
 * Judges a set in staging as a transcoder's output is judged (R5), and more strictly, since strangers made it: one master
 * that leads to every playlist and every segment of the set and nowhere else, an end to each playlist, variants of one
 * length, no keys, limits as for a source (R4), and first bytes that are what the names promise. Every read is pinned to
 * the ETag of `staged`.
 *
 * A set with keys is refused: its key would lie beside its segments for everybody, which protects nothing.
 *
 * Throws SetFault, with UPLOAD_TOO_LARGE for more bytes than the policy takes; StorageError, of which `object_changed` means that a file was replaced meanwhile.
 */
export async function verifySet(
  { sources, staged, policy }: { sources: ObjectStore; staged: StagedSet; policy: UploadPolicy },
  signal: AbortSignal,
): Promise<VerifiedSet> {
  const { limits, maxSizeBytes } = policy;
  const sizeBytes = [...staged.values()].reduce((sum, file) => sum + file.sizeBytes, 0);
  if (sizeBytes > maxSizeBytes)
    throw new SetFault(`it has ${sizeBytes} bytes; at most ${maxSizeBytes} are taken`, 'UPLOAD_TOO_LARGE');
  const masterPath = masterOf([...staged.keys()]);
  if (masterPath === null) throw new SetFault('there is no way to tell which playlist is the master');
  const files = {
    sizeOf: (path: string) => staged.get(path)?.sizeBytes ?? 0,
    read: async (path: string) => text((await open(sources, fileAt(staged, path), signal)).body),
  };
  const tree = await readHlsTree(files, masterPath).catch((error: unknown) => {
    if (error instanceof HlsTreeError) throw new SetFault(error.message);
    throw error;
  });
  refuseKeys(masterPath, tree);
  refuseStrays(masterPath, tree, staged);
  const durationSeconds = lengthOfAll(tree, limits);
  refusePictures(tree, limits);
  await sniffAll(sources, staged, signal);
  return {
    masterPath,
    master: fileAt(staged, masterPath),
    tree,
    staged,
    durationSeconds,
    sizeBytes,
  };
}

function fileAt(staged: StagedSet, path: string): StagedFile {
  const file = staged.get(path);
  if (!file) throw new SetFault(`${path} is not there`);
  return file;
}

function open(sources: ObjectStore, { key, etag }: StagedFile, signal: AbortSignal, bytes?: number) {
  const range = bytes === undefined ? {} : { range: { start: 0, end: bytes - 1 } };
  return sources.get(key, { ...range, ifMatch: etag, signal });
}

function refuseKeys(masterPath: string, tree: HlsTree): void {
  const playlists = [[masterPath, tree.master] as const, ...tree.playlists];
  const [locked] = playlists.find(([, playlist]) => playlist.encrypted) ?? [];
  if (locked !== undefined) throw new SetFault(`${locked} needs a key; sets with keys are not taken`);
}

/** What no playlist leads to was meant by somebody, or its playlist is the wrong one. */
function refuseStrays(masterPath: string, tree: HlsTree, staged: StagedSet): void {
  for (const path of staged.keys()) {
    const extension = posix.extname(path).slice(1);
    if (!tree.named.has(path) && !UNNAMED_ALLOWED.includes(extension))
      throw new SetFault(`${path} is named by no playlist that ${masterPath} leads to`);
    // A playlist that is named as a segment or a key would never have been read.
    if (extension === 'm3u8' && path !== masterPath && !tree.playlists.has(path))
      throw new SetFault(`${path} is named as something else than a playlist`);
  }
}

/** Variants are the same film, so they last the same, give or take half a segment. Seconds of the longest. */
function lengthOfAll({ variants }: HlsTree, limits: SourceLimits): number {
  const lengths = variants.map(({ path, playlist }) => ({ path, seconds: lengthOf(playlist) }));
  const segments = variants.flatMap(({ playlist }) => playlist.segments);
  const longestSegment = segments.reduce(
    (longest, { durationSeconds }) => Math.max(longest, durationSeconds),
    0,
  );
  const [first, ...others] = lengths.sort((a, b) => b.seconds - a.seconds);
  if (!first || first.seconds <= 0) throw new SetFault('the variants have no length');
  const shorter = others.find(({ seconds }) => first.seconds - seconds > longestSegment / 2);
  if (shorter)
    throw new SetFault(
      `${shorter.path} lasts ${shorter.seconds.toFixed(3)} s, ${first.path} ${first.seconds.toFixed(3)} s`,
    );
  if (first.seconds > limits.maxDurationSeconds)
    throw new SetFault(
      `it lasts ${Math.round(first.seconds)} s; at most ${limits.maxDurationSeconds} s are taken`,
    );
  return first.seconds;
}

function refusePictures({ variants }: HlsTree, limits: SourceLimits): void {
  if (variants.length > limits.maxStreams)
    throw new SetFault(`it has ${variants.length} variants; at most ${limits.maxStreams} are taken`);
  const sizes = variants.flatMap(({ attributes: { RESOLUTION } }) => RESOLUTION ?? []);
  if (sizes.length === 0) throw new SetFault('no variant of the master names its RESOLUTION');
  for (const size of sizes) {
    const [, width = 0, height = 0] = (PICTURE_SIZE.exec(size) ?? []).map(Number);
    if (width * height === 0 || width * height > limits.maxPixels)
      throw new SetFault(`RESOLUTION=${size.slice(0, 20)} is no size that is taken`);
  }
}

/** Playlists are text and were parsed; of everything else the first bytes are read. */
function sniffAll(sources: ObjectStore, staged: StagedSet, signal: AbortSignal): Promise<void> {
  const media = [...staged].filter(([path]) => !path.endsWith('.m3u8'));
  return eachSetFile(media, async ([path, file]) => {
    if (file.sizeBytes === 0) throw new SetFault(`${path} is empty`);
    const { body } = await open(sources, file, signal, Math.min(SEGMENT_SNIFF_BYTES, file.sizeBytes));
    if (!isSegment(posix.extname(path).slice(1), await buffer(body)))
      throw new SetFault(`the bytes of ${path} are not what its name says`);
  });
}
