import type { TranscoderName } from '#providers/transcoders/transcoder.ts';
import type { TranscodePlan } from '../transcode/transcode-job.entity.ts';
import { mediaConvertTier } from './estimate-mediaconvert.ts';

type NotesOf = (plan: TranscodePlan) => readonly (string | null)[];

const NOTES: Readonly<Record<TranscoderName, NotesOf>> = {
  ffmpeg: () => [
    'Time of the machine while the video is made; a worker that waits costs the same and is not counted.',
    'Measured on a hard source and another core than yours: an easy one takes less.',
  ],
  coconut: () => [
    'Each rendition carries the sound and is one output.',
    'Where Coconut draws the line between SD, HD and UHD is assumed: at 720 and above 1080 pixels.',
  ],
  mediaconvert: ({ probe, ladder }) => [
    mediaConvertTier(probe.video) === 'professional'
      ? 'Interlaced or HDR pictures are billed by the Professional tier.'
      : null,
    ladder.some(({ width, height }) => height > width)
      ? 'MediaConvert goes by the height, so upright renditions are in a higher class than lying ones.'
      : null,
    'The first volume step; above 100,000 normalized minutes a month it is less.',
  ],
};

/** What whoever reads an estimate has to know of it. */
export function transcodeNotes(
  plan: TranscodePlan,
  transcoder: TranscoderName,
  region: { readonly asked: string; readonly used: string },
): string[] {
  const elsewhere =
    region.used === 'any' || region.used === region.asked
      ? null
      : `Prices of ${region.used}: those of ${region.asked} are not in the table.`;
  return [elsewhere, ...NOTES[transcoder](plan)].filter((note) => note !== null);
}
