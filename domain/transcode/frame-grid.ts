import type { Rational, VideoTrack } from '#providers/transcoders/source-inspector.ts';

/** Above this, players on phones drop frames; the source is thinned to every second frame or the nearest rate. */
const FRAMES_PER_SECOND_MAX = 60;
const USUAL_RATES: readonly Rational[] = [
  { numerator: 24_000, denominator: 1001 },
  { numerator: 24, denominator: 1 },
  { numerator: 25, denominator: 1 },
  { numerator: 30_000, denominator: 1001 },
  { numerator: 30, denominator: 1 },
  { numerator: 50, denominator: 1 },
  { numerator: 60_000, denominator: 1001 },
  { numerator: 60, denominator: 1 },
];

/** A rate as frames per second. */
export function perSecond(rate: Rational): number {
  return rate.numerator / rate.denominator;
}

/**
 * The one frame grid of the whole video: a constant rate keeps its exact fraction, a variable one goes to the usual rate
 * nearest to its average, and nothing goes above 60.
 */
export function frameGrid(video: VideoTrack): Rational {
  const average = perSecond(video.averageFrameRate);
  if (!Number.isFinite(average) || average <= 0) return { numerator: 30, denominator: 1 };
  if (!video.variableFrameRate && average <= FRAMES_PER_SECOND_MAX) return video.averageFrameRate;
  const wanted = Math.min(average, FRAMES_PER_SECOND_MAX);
  return USUAL_RATES.reduce((best, rate) =>
    Math.abs(perSecond(rate) - wanted) < Math.abs(perSecond(best) - wanted) ? rate : best,
  );
}
