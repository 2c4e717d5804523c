import type { TranscoderName } from '#providers/transcoders/transcoder.ts';
import type { TranscodePlan } from '../transcode/transcode-job.entity.ts';
import { mediaConvertTier } from './estimate-mediaconvert.ts';

type NotesOf = (plan: TranscodePlan) => readonly (string | null)[];

const NOTES: Readonly<Record<TranscoderName, NotesOf>> = {
  ffmpeg: () => [
    'The time of one worker; while it waits for work it costs as much, which is not counted.',
    'CPU time was measured on a hard source and on a core that is not yours.',
  ],
  coconut: () => [
    'Each rendition carries the sound, so each is one output.',
    'That HD begins at 720 and ends at 1080 pixels is assumed.',
  ],
  mediaconvert: ({ probe, ladder }) => [
    mediaConvertTier(probe.video) === 'professional'
      ? 'Interlaced or HDR pictures are billed by the Professional tier.'
      : null,
    ladder.some(({ width, height }) => height > width)
      ? 'By the letter of its list the height counts, so an upright rendition is in a higher class than a lying one.'
      : null,
    'The first volume step: beyond 100,000 normalized minutes a month it is less.',
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
