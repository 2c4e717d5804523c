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
  const ifPresent = (
    name: string,
    asset: Omit<OutputAsset, 'key' | keyof typeof UNMEASURED>,
  ): OutputAsset[] => (present.has(prefix + name) ? [{ ...UNMEASURED, ...asset, key: prefix + name }] : []);
  return {
    masterKey,
    durationSeconds: order.probe.durationSeconds,
    assets: [
      ...order.ladder.map((rung) => renditionAsset(rung, renditions)),
      ...audioKeys.map(
        (key, index): OutputAsset => ({
          ...UNMEASURED,
          type: 'HLS_AUDIO',
          qualityLabel: index === 0 ? 'audio' : `audio-${index + 1}`,
          key,
          container: 'm3u8',
        }),
      ),
      ...(order.mp4Renditions
        ? order.ladder.flatMap(({ label, width, height }) =>
            ifPresent(mp4Name(label), { type: 'MP4', qualityLabel: label, container: 'mp4' }).map(
              (asset) => ({
                ...asset,
                width,
                height,
              }),
            ),
          )
        : []),
      ...ifPresent(POSTER_NAME, { type: 'THUMBNAIL', qualityLabel: 'poster', container: 'jpg' }),
      ...ifPresent(STORYBOARD_CUES_NAME, { type: 'STORYBOARD', qualityLabel: 'cues', container: 'vtt' }),
      ...ifPresent(STORYBOARD_NAME, { type: 'STORYBOARD', qualityLabel: 'sprite', container: 'jpg' }),
    ],
  };
}

const UNMEASURED = { bandwidthBitsPerSecond: null, width: null, height: null, codec: null } as const;

/** Coconut names its files by its own habit, so a rung is found by its size. */
function renditionAsset(rung: Rendition, renditions: readonly ListedRendition[]): OutputAsset {
  const found = renditions.find(
    ({ width, height }) =>
      Math.abs((width ?? 0) - rung.width) <= SIZE_TOLERANCE_PIXELS &&
      Math.abs((height ?? 0) - rung.height) <= SIZE_TOLERANCE_PIXELS,
  );
  if (!found)
    throw new TranscodeFailure(
      'TRANSCODE_ERROR',
      `Coconut made no rendition of ${rung.width}x${rung.height}`,
    );
  return {
    type: 'HLS_RENDITION',
    qualityLabel: rung.label,
    key: found.key,
    bandwidthBitsPerSecond: found.bandwidthBitsPerSecond || null,
    width: found.width,
    height: found.height,
    codec: /\b(?:avc|hvc|hev)\d\.[\w.]+/.exec(found.codecs ?? '')?.[0] ?? null,
    container: 'm3u8',
  };
}
