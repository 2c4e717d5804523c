import { randomBytes } from 'node:crypto';
import type {
  Rational,
  SourceLimits,
  SourceObject,
  SourceProbe,
} from '#providers/transcoders/source-inspector.ts';
import type { Rendition, TranscodeOrder } from '#providers/transcoders/transcoder.ts';

export const LIMITS: SourceLimits = {
  maxDurationSeconds: 12 * 3600,
  maxPixels: 8192 * 4320,
  maxStreams: 32,
  maxFramesPerSecond: 240,
};

/** An order for a whole video with a ladder of small rungs, so that small clips have several. */
export function orderFor(
  source: SourceObject,
  probe: SourceProbe,
  overrides: Partial<TranscodeOrder> = {},
): TranscodeOrder {
  const jobId = randomBytes(16).toString('hex');
  return {
    jobId,
    videoId: 'video',
    source,
    probe,
    ladder: smallLadder(probe),
    range: { framesPerSecond: gridOf(probe), startFrame: 0, endFrame: null },
    outputPrefix: `videos/video/hls/${jobId}/`,
    segmentContainer: 'fmp4',
    segmentSeconds: 4,
    audioBitsPerSecond: 128_000,
    mp4Renditions: false,
    ...overrides,
  };
}

/** The source's own size and 90 pixels on the short side; even, never above the source. */
export function smallLadder({ video }: SourceProbe): Rendition[] {
  const { displayWidth, displayHeight } = video;
  const short = Math.min(displayWidth, displayHeight);
  const even = (pixels: number) => Math.max(2, 2 * Math.floor(pixels / 2));
  return [short, 90]
    .filter((rung, index) => index === 0 || rung < short)
    .map((rung) => ({
      label: `${rung}p`,
      width: even((displayWidth * rung) / short),
      height: even((displayHeight * rung) / short),
      maxVideoBitsPerSecond: rung > 400 ? 2_800_000 : 800_000,
    }));
}

/** The source's rate, at most 60; for a variable one the nearest of the usual. */
export function gridOf({ video }: SourceProbe): Rational {
  const { numerator, denominator } = video.averageFrameRate;
  const rate = numerator / denominator;
  if (!video.variableFrameRate && rate <= 60) return video.averageFrameRate;
  const usual = [24, 25, 30, 50, 60];
  const nearest = usual.reduce((best, each) => (Math.abs(each - rate) < Math.abs(best - rate) ? each : best));
  return { numerator: nearest, denominator: 1 };
}
