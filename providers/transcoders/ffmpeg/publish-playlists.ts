import type { OutputAsset, TranscodeOrder, TranscodeOutput } from '../transcoder.ts';
import type { FramePlan } from './frame-plan.ts';
import type { MediaIo } from './media-io.ts';
import type { SegmentSamples } from './mp4-samples.ts';
import { contentTypeOf, IMMUTABLE, INIT_NAME, MASTER_NAME, PLAYLIST_NAME } from './output-layout.ts';
import {
  averageBandwidth,
  type MasterAudio,
  type MasterVariant,
  masterPlaylist,
  mediaPlaylist,
  type PlaylistSegment,
  variantBandwidth,
} from './playlists.ts';

/** A rendition whose segments are stored. */
export interface RenditionResult {
  readonly label: string;
  readonly kind: 'video' | 'audio';
  readonly codec: string | null;
  /** Null in a transport stream. */
  readonly init: Uint8Array | null;
  readonly segments: readonly (PlaylistSegment & {
    readonly sampleCount: number;
    readonly startSeconds: number | null;
    readonly samples: SegmentSamples | null;
  })[];
}

/** Stores init segments and media playlists, then the master: whoever finds a master finds all it names. */
export async function publishPlaylists(
  order: TranscodeOrder,
  plan: FramePlan,
  results: readonly RenditionResult[],
  io: MediaIo,
  signal: AbortSignal,
): Promise<TranscodeOutput> {
  const write = (key: string, body: Uint8Array) =>
    io.writeOutput(key, body, { contentType: contentTypeOf(key), cacheControl: IMMUTABLE, signal });
  const folderOf = ({ label }: RenditionResult) => `${order.outputPrefix}${label}/`;
  for (const result of results) {
    if (result.init) await write(folderOf(result) + INIT_NAME, result.init);
    const text = mediaPlaylist(result.segments, result.init ? INIT_NAME : null);
    await write(folderOf(result) + PLAYLIST_NAME, Buffer.from(text));
  }
  const sound = results.find(({ kind }) => kind === 'audio') ?? null;
  const audio: MasterAudio | null = sound && {
    uri: `${sound.label}/${PLAYLIST_NAME}`,
    codec: codecOf(sound),
    segments: sound.segments,
  };
  const variants = variantsOf(order, plan, results);
  const masterKey = order.outputPrefix + MASTER_NAME;
  await write(masterKey, Buffer.from(masterPlaylist(variants, audio)));
  return {
    masterKey,
    durationSeconds: results[0]?.segments.reduce((sum, segment) => sum + segment.durationSeconds, 0) ?? 0,
    assets: [
      ...variants.map(
        (variant): OutputAsset => ({
          type: 'HLS_RENDITION',
          qualityLabel: variant.label,
          key: order.outputPrefix + variant.uri,
          bandwidthBitsPerSecond: variantBandwidth(variant, audio),
          width: variant.width,
          height: variant.height,
          codec: variant.codec,
          container: 'm3u8',
        }),
      ),
      ...(sound && audio ? [audioAsset(sound, folderOf(sound))] : []),
    ],
  };
}

function variantsOf(
  order: TranscodeOrder,
  plan: FramePlan,
  results: readonly RenditionResult[],
): (MasterVariant & { readonly label: string })[] {
  return order.ladder.flatMap(({ label, width, height }) => {
    const result = results.find((candidate) => candidate.kind === 'video' && candidate.label === label);
    if (!result) return [];
    const { segments } = result;
    const uri = `${label}/${PLAYLIST_NAME}`;
    const { framesPerSecond } = plan;
    return [{ label, uri, width, height, codec: codecOf(result), framesPerSecond, segments }];
  });
}

function audioAsset(sound: RenditionResult, folder: string): OutputAsset {
  return {
    type: 'HLS_AUDIO',
    qualityLabel: sound.label,
    key: folder + PLAYLIST_NAME,
    bandwidthBitsPerSecond: averageBandwidth(sound.segments),
    width: null,
    height: null,
    codec: codecOf(sound),
    container: 'm3u8',
  };
}

function codecOf({ codec, label }: RenditionResult): string {
  if (!codec) throw new Error(`the codec of ${label} is unknown`);
  return codec;
}
