import type { H264Settings } from '@aws-sdk/client-mediaconvert';
import type { Rational, SourceProbe } from '../source-inspector.ts';
import type { TranscodeOrder } from '../transcoder.ts';

type FrameRateSettings = Pick<
  H264Settings,
  'FramerateControl' | 'FramerateConversionAlgorithm' | 'FramerateNumerator' | 'FramerateDenominator'
>;

/** The API's own bound of a 32-bit integer. */
const NUMBER_MAX = 2 ** 31 - 1;

/** A constant rate is followed as it is; a variable or thinned one goes to the exact rate of the order's frame grid. */
export function frameRateSettings({ probe, range }: TranscodeOrder): FrameRateSettings {
  if (followsSource(probe, range.framesPerSecond)) return { FramerateControl: 'INITIALIZE_FROM_SOURCE' };
  const { numerator, denominator } = reduced(range.framesPerSecond);
  return {
    FramerateControl: 'SPECIFIED',
    FramerateConversionAlgorithm: 'DUPLICATE_DROP',
    FramerateNumerator: numerator,
    FramerateDenominator: denominator,
  };
}

function followsSource({ video }: SourceProbe, grid: Rational): boolean {
  const { averageFrameRate: source } = video;
  return (
    !video.variableFrameRate &&
    // The rate of an interlaced file may count fields as well as frames.
    !video.interlaced &&
    source.numerator * grid.denominator === grid.numerator * source.denominator
  );
}

function reduced({ numerator, denominator }: Rational): Rational {
  let [a, b] = [numerator, denominator];
  while (b > 0) [a, b] = [b, a % b];
  const fraction = { numerator: numerator / a, denominator: denominator / a };
  if (Math.max(fraction.numerator, fraction.denominator) <= NUMBER_MAX) return fraction;
  return { numerator: Math.max(1, Math.round((1000 * numerator) / denominator)), denominator: 1000 };
}
