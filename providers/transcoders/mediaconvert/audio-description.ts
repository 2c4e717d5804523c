import type { AudioDescription, RemixSettings } from '@aws-sdk/client-mediaconvert';
import type { AudioTrack } from '../source-inspector.ts';

export const AUDIO_SELECTOR = 'Audio Selector 1';

const SAMPLE_RATE_HZ = 48_000;

/** What AAC-LC in stereo at 48 kHz may have (User Guide, "AAC output reference tables", CBR), up to 384 kbit/s. */
const BITS_PER_SECOND = [
  64_000, 80_000, 96_000, 112_000, 128_000, 160_000, 192_000, 224_000, 256_000, 288_000, 320_000, 384_000,
];

/** Attenuation in dB of each input channel for the left and the right one; -60 is silence. */
const STEREO_OF: Readonly<Record<number, { readonly left: number[]; readonly right: number[] }>> = {
  /** Without it one ear would hear nothing. */
  1: { left: [0], right: [0] },
  /** L R C LFE Ls Rs, by the proportions of ITU-R BS.775 and 3 dB below, where the sum would clip. */
  6: { left: [-3, -60, -6, -60, -6, -60], right: [-60, -3, -6, -60, -60, -6] },
};

/** Stereo AAC from any source. Layouts other than mono and 5.1 are mixed by the service's own matrix. */
export function stereoAac(audio: AudioTrack, bitsPerSecond: number): AudioDescription {
  const remix = remixOf(audio.channels);
  return {
    AudioSourceName: AUDIO_SELECTOR,
    CodecSettings: {
      Codec: 'AAC',
      AacSettings: {
        CodecProfile: 'LC',
        RateControlMode: 'CBR',
        CodingMode: 'CODING_MODE_2_0',
        SampleRate: SAMPLE_RATE_HZ,
        Bitrate: allowedBitrate(bitsPerSecond),
      },
    },
    ...(remix && { RemixSettings: remix }),
  };
}

/** The highest allowed one that is not above what is wanted, at least the lowest. */
function allowedBitrate(wanted: number): number {
  return BITS_PER_SECOND.findLast((allowed) => allowed <= wanted) ?? Math.min(...BITS_PER_SECOND);
}

function remixOf(channels: number): RemixSettings | null {
  const mapping = STEREO_OF[channels];
  if (!mapping) return null;
  return {
    ChannelsIn: channels,
    ChannelsOut: 2,
    ChannelMapping: {
      OutputChannels: [{ InputChannels: mapping.left }, { InputChannels: mapping.right }],
    },
  };
}
