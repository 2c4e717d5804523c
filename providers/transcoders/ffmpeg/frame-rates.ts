import type { Rational } from '../source-inspector.ts';

export interface FrameRates {
  readonly averageFrameRate: Rational;
  readonly baseFrameRate: Rational;
  readonly variableFrameRate: boolean;
}

const FALLBACK: Rational = { numerator: 25, denominator: 1 };
/** Phones write 29.98 for 30: below this relative difference a rate is the same. */
const SAME_RATE = 0.005;
/** Above this a base rate without an average is the tick of the container's clock, such as ASF's milliseconds. */
const BASE_RATE_MAX = 240;

/**
 * Judges ffprobe's `avg_frame_rate` (frames over duration) and `r_frame_rate` (the finest grid of the timestamps).
 * Constant: both agree, or the grid is twice the rate, which is how field-coded and many H.264 streams look. The
 * average of a constant rate is then put on the grid, so that 33270/1109 becomes 30.
 */
export function frameRates(average: string | undefined, base: string | undefined): FrameRates {
  const baseRate = rational(base);
  const averageRate =
    rational(average) ?? (baseRate && value(baseRate) <= BASE_RATE_MAX ? baseRate : FALLBACK);
  const grid = baseRate ?? averageRate;
  const ratio = value(grid) / value(averageRate);
  if (Math.abs(ratio - 1) < SAME_RATE) {
    return { averageFrameRate: grid, baseFrameRate: grid, variableFrameRate: false };
  }
  if (Math.abs(ratio - 2) < 2 * SAME_RATE) {
    const half = reduce(grid.numerator, grid.denominator * 2);
    return { averageFrameRate: half, baseFrameRate: half, variableFrameRate: false };
  }
  return { averageFrameRate: averageRate, baseFrameRate: grid, variableFrameRate: true };
}

/** `30000/1001` or `16:11`; null for `0/0`, `N/A` and the like. */
export function rational(text: string | undefined): Rational | null {
  const match = /^(\d+)[/:](\d+)$/.exec(text ?? '');
  const [numerator, denominator] = [Number(match?.[1]), Number(match?.[2])];
  return numerator > 0 && denominator > 0 ? reduce(numerator, denominator) : null;
}

function value({ numerator, denominator }: Rational): number {
  return numerator / denominator;
}

function reduce(numerator: number, denominator: number): Rational {
  let [a, b] = [numerator, denominator];
  while (b > 0) [a, b] = [b, a % b];
  return { numerator: numerator / a, denominator: denominator / a };
}
