import type { OutputGroup } from '@aws-sdk/client-mediaconvert';
import type { Rendition, TranscodeOrder } from '../transcoder.ts';
import { stereoAac } from './audio-description.ts';
import type { OutputNames } from './output-names.ts';
import { pictureOf, rungDescription } from './video-description.ts';

/** A poster needs no more than this on its long side. Pixels. */
const POSTER_LONG_SIDE_PIXELS = 1280;
/** Many recordings begin black or with a shaken hand. */
const POSTER_AT_SECONDS = 2;

/**
 * Two pictures: the first frame, which every video has, and one a little after it, which is the better poster. As large
 * as the highest rung that is no larger than a poster needs to be.
 */
export function posterGroup(order: TranscodeOrder, names: OutputNames): OutputGroup {
  const { probe, ladder } = order;
  const intervalSeconds = Math.min(POSTER_AT_SECONDS, probe.durationSeconds / 4);
  return {
    Name: 'Poster',
    OutputGroupSettings: {
      Type: 'FILE_GROUP_SETTINGS',
      FileGroupSettings: { Destination: names.posterDestination },
    },
    Outputs: [
      {
        Extension: 'jpg',
        ContainerSettings: { Container: 'RAW' },
        VideoDescription: {
          ...pictureOf(probe.video, ladder.find(isPosterSize) ?? smallest(ladder)),
          CodecSettings: {
            Codec: 'FRAME_CAPTURE',
            FrameCaptureSettings: {
              // One picture every denominator / numerator seconds.
              FramerateNumerator: 1000,
              FramerateDenominator: Math.max(1, Math.round(intervalSeconds * 1000)),
              MaxCaptures: 2,
              Quality: 80,
            },
          },
        },
      },
    ],
  };
}

/**
 * One group a rung: within one group files differ by what stands behind a common base name, and `720p.mp4` and
 * `360p.mp4` have none.
 */
export function mp4Groups(order: TranscodeOrder, names: OutputNames): OutputGroup[] {
  const { audio } = order.probe;
  return order.ladder.map((rung) => ({
    Name: `MP4 ${rung.label}`,
    OutputGroupSettings: {
      Type: 'FILE_GROUP_SETTINGS',
      FileGroupSettings: { Destination: names.mp4Destination(rung.label) },
    },
    Outputs: [
      {
        Extension: 'mp4',
        ContainerSettings: { Container: 'MP4', Mp4Settings: { MoovPlacement: 'PROGRESSIVE_DOWNLOAD' } },
        VideoDescription: rungDescription(order, rung),
        ...(audio && { AudioDescriptions: [stereoAac(audio, order.audioBitsPerSecond)] }),
      },
    ],
  }));
}

function isPosterSize({ width, height }: Rendition): boolean {
  return Math.max(width, height) <= POSTER_LONG_SIDE_PIXELS;
}

function smallest(ladder: readonly Rendition[]): Rendition {
  return ladder.reduce((least, each) =>
    each.width * each.height < least.width * least.height ? each : least,
  );
}
