import type { Job } from '@aws-sdk/client-mediaconvert';
import type { ListedRendition, OutputPlaylists } from '../output-playlists.ts';
import {
  type OutputAsset,
  type Rendition,
  TranscodeFailure,
  type TranscodeOrder,
  type TranscodeOutput,
} from '../transcoder.ts';
import type { OutputNames } from './output-names.ts';

/**
 * What a finished job has made. Its keys follow from the order, since `GetJob` tells none; bandwidths and codecs are the
 * master playlist's. Throws TranscodeFailure when a rung is missing, and what reading throws.
 */
export async function transcodeOutput(
  job: Job,
  order: TranscodeOrder,
  names: OutputNames,
  outputs: OutputPlaylists,
): Promise<TranscodeOutput> {
  const master = await outputs.read(names.masterKey);
  const stored = await outputs.keysUnder(order.outputPrefix);
  const rungs = order.ladder.map((rung) => ({ rung, listed: listedOf(rung, names, master.renditions) }));
  const posterKey = names.posterKeys.find((key) => stored.has(key));
  return {
    masterKey: names.masterKey,
    durationSeconds: durationOf(job) ?? order.probe.durationSeconds,
    assets: [
      ...rungs.map(({ rung, listed }) => rungAsset(rung, listed)),
      ...(master.audioKeys.includes(names.audioKey) ? [audioAsset(names.audioKey, rungs[0]?.listed)] : []),
      ...(order.mp4Renditions ? rungs.map(({ rung, listed }) => mp4Asset(rung, listed, names)) : []),
      ...(posterKey !== undefined ? [posterAsset(posterKey)] : []),
    ],
  };
}

function listedOf(
  { label }: Rendition,
  names: OutputNames,
  renditions: readonly ListedRendition[],
): ListedRendition {
  const listed = renditions.find(({ key }) => key === names.renditionKey(label));
  if (listed) return listed;
  throw new TranscodeFailure('TRANSCODE_ERROR', `The master playlist of the finished job names no ${label}`);
}

/** Of the longest output that has a length. Seconds. */
function durationOf({ OutputGroupDetails = [] }: Job): number | null {
  const milliseconds = OutputGroupDetails.flatMap(({ OutputDetails = [] }) =>
    OutputDetails.filter(({ VideoDetails }) => VideoDetails).map(({ DurationInMs = 0 }) => DurationInMs),
  );
  const longest = Math.max(0, ...milliseconds);
  return longest > 0 ? longest / 1000 : null;
}

function rungAsset({ label, width, height }: Rendition, listed: ListedRendition): OutputAsset {
  return {
    type: 'HLS_RENDITION',
    qualityLabel: label,
    key: listed.key,
    bandwidthBitsPerSecond: listed.bandwidthBitsPerSecond,
    width,
    height,
    codec: codecOf(listed, 'avc'),
    container: 'm3u8',
  };
}

function audioAsset(key: string, listed: ListedRendition | undefined): OutputAsset {
  return {
    type: 'HLS_AUDIO',
    qualityLabel: 'audio',
    key,
    bandwidthBitsPerSecond: null,
    width: null,
    height: null,
    codec: listed ? codecOf(listed, 'mp4a') : null,
    container: 'm3u8',
  };
}

/** The same codecs; how many bits it takes is not told. */
function mp4Asset(
  { label, width, height }: Rendition,
  listed: ListedRendition,
  names: OutputNames,
): OutputAsset {
  return {
    type: 'MP4',
    qualityLabel: label,
    key: names.mp4Key(label),
    bandwidthBitsPerSecond: null,
    width,
    height,
    codec: listed.codecs,
    container: 'mp4',
  };
}

function posterAsset(key: string): OutputAsset {
  return {
    type: 'THUMBNAIL',
    qualityLabel: 'poster',
    key,
    bandwidthBitsPerSecond: null,
    width: null,
    height: null,
    codec: null,
    container: 'jpg',
  };
}

/** The one of a comma-separated list (RFC 6381) that begins so. */
function codecOf({ codecs }: ListedRendition, beginning: string): string | null {
  return (
    (codecs ?? '')
      .split(',')
      .map((codec) => codec.trim())
      .find((codec) => codec.startsWith(beginning)) ?? null
  );
}
