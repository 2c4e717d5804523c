import type { Job } from '@aws-sdk/client-mediaconvert';
import { audioAsset, codecOf, mp4Asset, posterAsset, renditionAsset } from '../output-assets.ts';
import type { ListedRendition, OutputPlaylists } from '../output-playlists.ts';
import {
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
  const [first] = rungs;
  const soundCodec = first ? codecOf(first.listed, ['mp4a']) : null;
  const posterKey = names.posterKeys.find((key) => stored.has(key));
  return {
    masterKey: names.masterKey,
    durationSeconds: durationOf(job) ?? order.probe.durationSeconds,
    assets: [
      ...rungs.map(({ rung, listed }) => renditionAsset(rung.label, listed, rung)),
      ...(master.audioKeys.includes(names.audioKey) ? [audioAsset(names.audioKey, 0, soundCodec)] : []),
      ...(order.mp4Renditions
        ? rungs.map(({ rung, listed }) => mp4Asset(rung, names.mp4Key(rung.label), listed.codecs))
        : []),
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
