import { text } from 'node:stream/consumers';
import type { TranscodeOrder, TranscodeOutput, VersionMaker } from '#providers/transcoders/transcoder.ts';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { MasterPlaylist } from '../media/hls-playlist.ts';
import { type HlsTree, HlsTreeError, lengthOf, readHlsTree } from '../media/hls-tree.ts';
import { perSecond } from './frame-grid.ts';

/** How exactly a rendition lasts as long as its source: our FFmpeg keeps every frame, others round to segments (R5). */
const LENGTH_TOLERANCE: Readonly<Record<VersionMaker, 'frame' | 'half a segment'>> = {
  ffmpeg: 'frame',
  coconut: 'half a segment',
  mediaconvert: 'half a segment',
  import: 'half a segment',
};

/**
 * Passes when storage holds exactly what players will ask for: the master and every media playlist are read, each URI
 * lies inside the prefix and names an object that is listed with bytes, the rungs are those that were ordered, and each
 * rendition lasts as long as the source (R5).
 *
 * @param maker who made the output, which decides how exact its length has to be
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
  refuseOtherRungs(order, tree.master);
  for (const variant of tree.variants) refuseOtherLength(order, variant, LENGTH_TOLERANCE[maker]);
}

function incomplete(what: string): DomainError {
  return new DomainError('output_incomplete', `The output is not whole: ${what}`);
}

function refuseOtherRungs(order: TranscodeOrder, master: MasterPlaylist): void {
  const planned = order.ladder.map(({ width, height }) => `${width}x${height}`).sort();
  const found = master.variants.map(({ attributes }) => attributes.RESOLUTION ?? 'none').sort();
  if (planned.join() !== found.join())
    throw incomplete(`planned ${planned.join(', ')}, found ${found.join(', ')}`);
}

function refuseOtherLength(
  order: TranscodeOrder,
  { path, playlist }: HlsTree['variants'][number],
  tolerance: 'frame' | 'half a segment',
): void {
  const lengthSeconds = lengthOf(playlist);
  const wanted = order.probe.durationSeconds;
  const toleranceSeconds =
    tolerance === 'frame' ? 1 / perSecond(order.range.framesPerSecond) : order.segmentSeconds / 2;
  // A hundredth more: playlists round each segment, and containers round their duration.
  if (Math.abs(lengthSeconds - wanted) > toleranceSeconds + 0.011)
    throw incomplete(`${path} lasts ${lengthSeconds.toFixed(3)} s, the source ${wanted.toFixed(3)} s`);
}
