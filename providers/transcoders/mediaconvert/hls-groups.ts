import type { Output, OutputGroup } from '@aws-sdk/client-mediaconvert';
import type { AudioTrack } from '../source-inspector.ts';
import type { TranscodeOrder } from '../transcoder.ts';
import { stereoAac } from './audio-description.ts';
import type { OutputNames } from './output-names.ts';
import { rungDescription, segmentSecondsOf } from './video-description.ts';

/** Both kinds of group: what a playlist says, and segments of whole GOPs. */
const PLAYLISTS = {
  SegmentControl: 'SEGMENTED_FILES',
  SegmentLengthControl: 'GOP_MULTIPLE',
  ManifestDurationFormat: 'FLOATING_POINT',
  ManifestCompression: 'NONE',
  StreamInfResolution: 'INCLUDE',
  CodecSpecification: 'RFC_6381',
  TargetDurationCompatibilityMode: 'SPEC_COMPLIANT',
  // Caching is said by whoever delivers.
  ClientCache: 'ENABLED',
} as const;

/** The ladder as the order wants it segmented. The sound is there when the source has one. */
export function hlsGroup(order: TranscodeOrder, names: OutputNames): OutputGroup {
  return order.segmentContainer === 'ts' ? tsGroup(order, names) : cmafGroup(order, names);
}

/** fMP4: one output a rung, and the sound once in an output of its own, as CMAF demands. */
function cmafGroup(order: TranscodeOrder, names: OutputNames): OutputGroup {
  const { audio } = order.probe;
  const seconds = segmentSecondsOf(order);
  return {
    Name: 'HLS',
    OutputGroupSettings: {
      Type: 'CMAF_GROUP_SETTINGS',
      CmafGroupSettings: {
        ...PLAYLISTS,
        Destination: names.hlsDestination,
        WriteHlsManifest: 'ENABLED',
        WriteDashManifest: 'DISABLED',
        SegmentLength: seconds,
        FragmentLength: seconds,
      },
    },
    Outputs: [
      ...order.ladder.map(
        (rung): Output => ({
          NameModifier: names.videoModifier(rung.label),
          ContainerSettings: {
            Container: 'CMFC',
            CmfcSettings: audio ? { AudioRenditionSets: names.audioGroup } : {},
          },
          VideoDescription: rungDescription(order, rung),
        }),
      ),
      ...(audio ? [cmafAudio(audio, order.audioBitsPerSecond, names)] : []),
    ],
  };
}

function cmafAudio(audio: AudioTrack, bitsPerSecond: number, names: OutputNames): Output {
  return {
    NameModifier: names.audioModifier,
    ContainerSettings: {
      Container: 'CMFC',
      CmfcSettings: {
        AudioGroupId: names.audioGroup,
        AudioTrackType: 'ALTERNATE_AUDIO_AUTO_SELECT_DEFAULT',
      },
    },
    AudioDescriptions: [stereoAac(audio, bitsPerSecond)],
  };
}

/** MPEG-TS: each rung carries the sound with it. */
function tsGroup(order: TranscodeOrder, names: OutputNames): OutputGroup {
  const { audio } = order.probe;
  return {
    Name: 'HLS',
    OutputGroupSettings: {
      Type: 'HLS_GROUP_SETTINGS',
      HlsGroupSettings: {
        ...PLAYLISTS,
        Destination: names.hlsDestination,
        SegmentLength: segmentSecondsOf(order),
        MinSegmentLength: 0,
        DirectoryStructure: 'SINGLE_DIRECTORY',
        OutputSelection: 'MANIFESTS_AND_SEGMENTS',
        ProgramDateTime: 'EXCLUDE',
      },
    },
    Outputs: order.ladder.map(
      (rung): Output => ({
        NameModifier: names.videoModifier(rung.label),
        ContainerSettings: { Container: 'M3U8', M3u8Settings: {} },
        VideoDescription: rungDescription(order, rung),
        ...(audio && { AudioDescriptions: [stereoAac(audio, order.audioBitsPerSecond)] }),
      }),
    ),
  };
}
