import { text } from 'node:stream/consumers';
import type {
  Rendition,
  TranscodeOrder,
  TranscodeOutput,
  VersionMaker,
} from '#providers/transcoders/transcoder.ts';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { MediaPlaylist } from '../media/hls-playlist.ts';
import { type HlsTree, HlsTreeError, lengthOf, readHlsTree } from '../media/hls-tree.ts';
import { perSecond } from './frame-grid.ts';

/** Our own sizes are exact; others round the longer side to what their encoder likes. Pixels. */
const SIZE_TOLERANCE: Readonly<Record<VersionMaker, number>> = {
  ffmpeg: 0,
  coconut: 2,
  mediaconvert: 2,
  import: 0,
};

/** How exactly a rendition lasts as long as its source: our FFmpeg keeps every frame, others round to segments (R5). */
const LENGTH_TOLERANCE: Readonly<Record<VersionMaker, 'frame' | 'half a segment'>> = {
  ffmpeg: 'frame',
  coconut: 'half a segment',
  mediaconvert: 'half a segment',
  import: 'half a segment',
};

/** Others cut as they like; half of more than this would hide a piece that is missing. */
const LONGEST_SEGMENT_SECONDS = 10;

/**
 * Passes when storage holds exactly what players will ask for: the master and every media playlist are read, each URI
 * lies inside the prefix and names an object that is listed with bytes, the rungs are those that were ordered, and each
 * rendition lasts as long as the source (R5). Sound beside the picture, be it a group of its own or a variant that a
 * provider adds, has to be whole in storage; it may be shorter than the picture, as the source's may.
 *
 * @param maker who made the output, which decides how exact sizes and lengths have to be
 * Throws DomainError `output_incomplete` with what is wrong, StorageError.
 */
export async function verifyOutput(
  { storage }: Needs<'storage'>,
  order: TranscodeOrder,
  output: Pick<TranscodeOutput, 'masterKey' | 'assets'>,
  maker: VersionMaker,
): Promise<void> {
  const prefix = order.outputPrefix;
  const sizes = new Map<string, number>();
  for await (const object of storage.media.list(prefix)) sizes.set(object.key, object.sizeBytes);

  const invented = output.assets.find((asset) => (sizes.get(asset.key) ?? 0) === 0);
  if (invented) throw incomplete(`${invented.key} is reported, but is not there or empty`);
  if (!output.masterKey.startsWith(prefix) || !sizes.has(output.masterKey))
    throw incomplete(`the master playlist ${output.masterKey} is not there`);
  const files = {
    sizeOf: (path: string) => sizes.get(prefix + path) ?? 0,
    read: async (path: string) => text((await storage.media.get(prefix + path)).body),
  };
  const tree = await readHlsTree(files, output.masterKey.slice(prefix.length)).catch((error: unknown) => {
    if (error instanceof HlsTreeError) throw incomplete(error.message);
    throw error;
  });
  const pictures = tree.variants.filter((variant) => !isSound(order, variant, maker));
  refuseOtherRungs(order, pictures, SIZE_TOLERANCE[maker]);
  for (const variant of pictures) refuseOtherLength(order, variant, LENGTH_TOLERANCE[maker]);
}

type Variant = HlsTree['variants'][number];

/**
 * A variant for the worst of lines, without a picture, which some providers add on their own. Only its CODECS tell it
 * from a rung whose size they left out.
 */
function isSound(order: TranscodeOrder, { attributes }: Variant, maker: VersionMaker): boolean {
  if (maker === 'ffmpeg' || order.probe.audio === null || attributes.RESOLUTION !== undefined) return false;
  const codecs = attributes.CODECS?.split(',') ?? [];
  return codecs.length > 0 && codecs.every((codec) => /^\s*(mp4a|ac-3|ec-3|opus|flac)\b/i.test(codec));
}

function incomplete(what: string): DomainError {
  return new DomainError('output_incomplete', `The output is not whole: ${what}`);
}

/** Each rung once: two variants of one size, or two that stand for the same rung, are refused with what is missing. */
function refuseOtherRungs(
  { ladder }: TranscodeOrder,
  variants: readonly Variant[],
  tolerancePixels: number,
): void {
  const found = variants.map(({ attributes }) => attributes.RESOLUTION ?? 'none');
  const rungs = new Set(found.map((size) => ladder.find((rung) => isSizeOf(rung, size, tolerancePixels))));
  rungs.delete(undefined);
  if (found.length === ladder.length && rungs.size === ladder.length) return;
  const planned = ladder.map(({ width, height }) => `${width}x${height}`);
  throw incomplete(`planned ${planned.sort().join(', ')}, found ${found.sort().join(', ')}`);
}

function isSizeOf({ width, height }: Rendition, resolution: string, tolerancePixels: number): boolean {
  const [foundWidth = 0, foundHeight = 0] = resolution.split('x').map(Number);
  const [off, shortOff] =
    width >= height ? [foundWidth - width, foundHeight - height] : [foundHeight - height, foundWidth - width];
  return shortOff === 0 && Math.abs(off) <= tolerancePixels;
}

function refuseOtherLength(
  order: TranscodeOrder,
  { path, playlist }: Variant,
  tolerance: 'frame' | 'half a segment',
): void {
  const lengthSeconds = lengthOf(playlist);
  const wanted = order.probe.durationSeconds;
  const toleranceSeconds =
    tolerance === 'frame'
      ? 1 / perSecond(order.range.framesPerSecond)
      : segmentSecondsOf(order, playlist) / 2;
  // A hundredth more: playlists round each segment, and containers round their duration.
  if (Math.abs(lengthSeconds - wanted) > toleranceSeconds + 0.011)
    throw incomplete(`${path} lasts ${lengthSeconds.toFixed(3)} s, the source ${wanted.toFixed(3)} s`);
}

/** Of the segments as they are, where they are longer than ordered. The last one says nothing: it has what was left. */
function segmentSecondsOf(order: TranscodeOrder, { segments }: MediaPlaylist): number {
  const longest = segments.slice(0, -1).reduce((most, each) => Math.max(most, each.durationSeconds), 0);
  return Math.max(order.segmentSeconds, Math.min(longest, LONGEST_SEGMENT_SECONDS));
}
