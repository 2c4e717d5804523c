import type { CostSettings } from '#domain/cost/cost-settings.ts';
import { planTranscode } from '#domain/transcode/plan-transcode.ts';
import type { TranscodePlan } from '#domain/transcode/transcode-job.entity.ts';
import type { TranscoderName } from '#providers/transcoders/transcoder.ts';
import { audioTrack, sourceProbe, videoTrack } from '#test/support/tracks.ts';

export interface Clip {
  readonly seconds?: number;
  readonly width?: number;
  readonly height?: number;
  readonly framesPerSecond?: number;
  readonly hasSound?: boolean;
  readonly interlaced?: boolean;
  readonly segmentContainer?: 'fmp4' | 'ts';
  readonly mp4Renditions?: boolean;
}

/** What a transcoder would be asked to make of a clip; ten minutes of 1080p30 with sound, unless told otherwise. */
export function planOf(transcoder: TranscoderName, clip: Clip = {}): TranscodePlan {
  const { seconds = 600, width = 1920, height = 1080, framesPerSecond = 30, hasSound = true } = clip;
  const video = videoTrack({
    displayWidth: width,
    displayHeight: height,
    averageFrameRate: { numerator: framesPerSecond, denominator: 1 },
    interlaced: clip.interlaced ?? false,
  });
  const probe = sourceProbe({ durationSeconds: seconds, video, audio: hasSound ? audioTrack() : null });
  return planTranscode(
    { key: 'uploads/a/source.mp4', etag: '"a"', sizeBytes: 1024 ** 3, demuxer: 'mov' },
    probe,
    transcoder,
    {
      segmentContainer: clip.segmentContainer ?? 'fmp4',
      segmentSeconds: 4,
      audioBitsPerSecond: 128_000,
      mp4Renditions: clip.mp4Renditions ?? false,
    },
  );
}

export const COST_SETTINGS: CostSettings = {
  machine: 'fargate-x86',
  machineUsdPerHour: null,
  transcodesPerMachine: 1,
  region: 'us-east-1',
  store: null,
  network: null,
};
