import { assetOf, audioAsset, mp4Asset, posterAsset, renditionAsset } from '../output-assets.ts';
import type { ListedRendition, OutputPlaylists } from '../output-playlists.ts';
import {
  type OutputAsset,
  type Rendition,
  TranscodeFailure,
  type TranscodeOrder,
  type TranscodeOutput,
} from '../transcoder.ts';
import { MASTER_NAME, mp4Name, POSTER_NAME, STORYBOARD_CUES_NAME, STORYBOARD_NAME } from './job-request.ts';

/** Encoders round a width that the height decides to an even number, up or down. */
const SIZE_TOLERANCE_PIXELS = 2;

/**
 * What a completed job has left in storage; its own list of addresses is not asked, since they are the bucket's and may be
 * of either style. Throws TranscodeFailure when a rung is missing, and whatever reading storage throws.
 */
export async function finishedOutput(
  order: TranscodeOrder,
  playlists: OutputPlaylists,
): Promise<TranscodeOutput> {
  const prefix = order.outputPrefix;
  const masterKey = prefix + MASTER_NAME;
  const { renditions, audioKeys } = await playlists.read(masterKey);
  const present = await playlists.keysUnder(prefix);
  const ifPresent = (name: string, asset: (key: string) => OutputAsset): OutputAsset[] =>
    present.has(prefix + name) ? [asset(prefix + name)] : [];
  return {
    masterKey,
    durationSeconds: order.probe.durationSeconds,
    assets: [
      ...order.ladder.map((rung) => renditionAsset(rung.label, listedOf(rung, renditions))),
      ...audioKeys.map((key, index) => audioAsset(key, index)),
      ...(order.mp4Renditions
        ? order.ladder.flatMap((rung) => ifPresent(mp4Name(rung.label), (key) => mp4Asset(rung, key)))
        : []),
      ...ifPresent(POSTER_NAME, posterAsset),
      ...ifPresent(STORYBOARD_CUES_NAME, (key) =>
        assetOf({ type: 'STORYBOARD', qualityLabel: 'cues', key, container: 'vtt' }),
      ),
      ...ifPresent(STORYBOARD_NAME, (key) =>
        assetOf({ type: 'STORYBOARD', qualityLabel: 'sprite', key, container: 'jpg' }),
      ),
    ],
  };
}

/** Coconut names its files by its own habit, so a rung is found by its size. */
function listedOf(rung: Rendition, renditions: readonly ListedRendition[]): ListedRendition {
  const listed = renditions.find(
    ({ width, height }) =>
      Math.abs((width ?? 0) - rung.width) <= SIZE_TOLERANCE_PIXELS &&
      Math.abs((height ?? 0) - rung.height) <= SIZE_TOLERANCE_PIXELS,
  );
  if (listed) return listed;
  throw new TranscodeFailure('TRANSCODE_ERROR', `Coconut made no rendition of ${rung.width}x${rung.height}`);
}
