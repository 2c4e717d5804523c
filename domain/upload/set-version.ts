import { posix } from 'node:path';
import type { Rational, SourceProbe } from '#providers/transcoders/source-inspector.ts';
import type { OutputAsset, Rendition, TranscodeOutput } from '#providers/transcoders/transcoder.ts';
import type { HlsTree } from '../media/hls-tree.ts';
import type { TranscodePlan } from '../transcode/transcode-job.entity.ts';
import type { VerifiedSet } from './verify-set.ts';

/** The name under which players ask for the master of any version, whatever it was called in the set. */
export const MASTER_NAME = 'master.m3u8';

/** Where a file of the set stands under its version's prefix. */
export function publishedPath(set: Pick<VerifiedSet, 'masterPath'>, path: string): string {
  return path === set.masterPath ? MASTER_NAME : path;
}

interface Variant extends Rendition {
  readonly path: string;
  readonly bitsPerSecond: number | null;
  readonly codec: string | null;
}

/** Highest first. Labels are the short side, as everywhere; the second of one size gets a number. */
function variantsOf(tree: HlsTree): Variant[] {
  const found = tree.variants.map(({ path, attributes }) => {
    const [width = 0, height = 0] = (attributes.RESOLUTION ?? '').split('x').map(Number);
    const bandwidth = Number.parseInt(attributes.BANDWIDTH ?? '', 10);
    const bitsPerSecond = bandwidth > 0 && bandwidth < 2 ** 31 ? bandwidth : null;
    return {
      path,
      width,
      height,
      bitsPerSecond,
      maxVideoBitsPerSecond: bitsPerSecond ?? 0,
      codec: attributes.CODECS?.split(',')[0] ?? null,
      short: Math.min(width, height),
    };
  });
  found.sort((a, b) => b.short - a.short || b.maxVideoBitsPerSecond - a.maxVideoBitsPerSecond);
  const seen = new Map<string, number>();
  return found.map(({ short, ...variant }) => {
    const name = short > 0 ? `${short}p` : 'audio';
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return { ...variant, label: count === 1 ? name : `${name}-${count}` };
  });
}

/**
 * What stands in the row of the version that a set becomes, where a transcode has its order: what the playlists tell, and
 * plain values for what only a decoder would know. Nobody ever carries it out.
 */
export function planOfSet(set: VerifiedSet, source: { key: string; etag: string }): TranscodePlan {
  const ladder = variantsOf(set.tree);
  const [top] = ladder;
  const demuxer = [...set.staged.keys()].some((path) => path.endsWith('.ts')) ? 'mpegts' : 'mov';
  const framesPerSecond = frameRateOf(set.tree);
  const segments = set.tree.variants.flatMap(({ playlist }) => playlist.segments);
  const probe: SourceProbe = {
    demuxer,
    formatName: 'hls',
    durationSeconds: set.durationSeconds,
    streamCount: set.tree.playlists.size,
    bitRateBitsPerSecond: top?.bitsPerSecond ?? null,
    audio: null,
    video: {
      streamIndex: 0,
      codec: top?.codec ?? 'unknown',
      profile: null,
      level: null,
      displayWidth: top?.width ?? 0,
      displayHeight: top?.height ?? 0,
      codedWidth: top?.width ?? 0,
      codedHeight: top?.height ?? 0,
      rotationDegrees: 0,
      sampleAspectRatio: { numerator: 1, denominator: 1 },
      averageFrameRate: framesPerSecond,
      baseFrameRate: framesPerSecond,
      variableFrameRate: false,
      pixelFormat: 'unknown',
      bitDepth: 8,
      hdr: null,
      interlaced: false,
      startSeconds: 0,
      durationSeconds: set.durationSeconds,
    },
  };
  return {
    source: { ...source, sizeBytes: set.sizeBytes, demuxer },
    probe,
    ladder: ladder.map(({ label, width, height, maxVideoBitsPerSecond }) => ({
      label,
      width,
      height,
      maxVideoBitsPerSecond,
    })),
    range: { framesPerSecond, startFrame: 0, endFrame: null },
    segmentContainer: demuxer === 'mpegts' ? 'ts' : 'fmp4',
    segmentSeconds: segments.reduce((longest, segment) => Math.max(longest, segment.durationSeconds), 0),
    audioBitsPerSecond: 0,
    mp4Renditions: false,
  };
}

/** The highest FRAME-RATE of the master, in thousandths as the RFC has it; 30 where none is named. */
function frameRateOf(tree: HlsTree): Rational {
  const rates = tree.variants.map(({ attributes }) => Number(attributes['FRAME-RATE'])).filter((r) => r > 0);
  const highest = Math.max(0, ...rates.filter(Number.isFinite));
  return highest > 0
    ? { numerator: Math.round(highest * 1000), denominator: 1000 }
    : { numerator: 30, denominator: 1 };
}

/** What the version under `prefix` consists of, for its assets. */
export function outputOfSet(set: VerifiedSet, prefix: string): TranscodeOutput {
  const renditions = variantsOf(set.tree).map(
    (variant): OutputAsset => ({
      type: 'HLS_RENDITION',
      qualityLabel: variant.label,
      key: prefix + publishedPath(set, variant.path),
      bandwidthBitsPerSecond: variant.bitsPerSecond,
      width: variant.width || null,
      height: variant.height || null,
      codec: variant.codec,
      container: 'm3u8',
    }),
  );
  // A master may name one sound thousands of times; it is one file.
  const heard = new Set(
    set.tree.master.groups.flatMap(({ TYPE, URI }) =>
      TYPE === 'AUDIO' && URI !== undefined ? posix.normalize(URI) : [],
    ),
  );
  const sounds = [...heard].map(
    (path, index): OutputAsset => ({
      type: 'HLS_AUDIO',
      qualityLabel: index === 0 ? 'audio' : `audio-${index + 1}`,
      key: prefix + path,
      bandwidthBitsPerSecond: null,
      width: null,
      height: null,
      codec: null,
      container: 'm3u8',
    }),
  );
  return {
    masterKey: prefix + MASTER_NAME,
    durationSeconds: set.durationSeconds,
    assets: [...renditions, ...sounds],
  };
}
