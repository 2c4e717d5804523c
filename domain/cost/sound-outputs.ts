import type { TranscoderName } from '#providers/transcoders/transcoder.ts';
import type { TranscodePlan } from '../transcode/transcode-job.entity.ts';

/** Whether a transcoder writes the sound once, beside the renditions, or into each of them. */
const APART: Readonly<Record<TranscoderName, (plan: TranscodePlan) => boolean>> = {
  ffmpeg: () => true,
  mediaconvert: ({ segmentContainer }) => segmentContainer === 'fmp4',
  coconut: () => false,
};

/** True when there is sound, and it is an output of its own. */
export function soundStandsAlone(plan: TranscodePlan, transcoder: TranscoderName): boolean {
  return plan.probe.audio !== null && APART[transcoder](plan);
}
