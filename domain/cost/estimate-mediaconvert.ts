import type { VideoTrack } from '#providers/transcoders/source-inspector.ts';
import type { Rendition } from '#providers/transcoders/transcoder.ts';
import { perSecond } from '../transcode/frame-grid.ts';
import type { TranscodePlan } from '../transcode/transcode-job.entity.ts';
import { type CostLine, costLine } from './cost-line.ts';
import { type Exact, exact, fraction, times } from './exact.ts';
import { type PriceRow, rowOfRegion } from './price-row.ts';
import type { MediaConvertPrices } from './prices/mediaconvert.ts';
import { soundStandsAlone } from './sound-outputs.ts';

export type MediaConvertTier = 'basic' | 'professional';

/**
 * MediaConvert bills normalized minutes: the length of each output, in whole seconds and at least ten, times the
 * multipliers of its height, frame rate and quality. Rates by the first volume step.
 */
export function mediaConvertLines(
  plan: TranscodePlan,
  prices: MediaConvertPrices,
  region: string,
): CostLine[] {
  const { quality } = prices;
  const tier = mediaConvertTier(plan.probe.video);
  const row = mediaConvertRow(plan, prices, region);
  const outputMinutes = billedMinutes(plan.probe.durationSeconds, prices);
  const output = (item: string, name: string, factors: readonly Factor[]) =>
    costLine({
      item,
      tier: `${row.tier}, ${name}`,
      outputMinutes,
      quantity: times(outputMinutes, ...factors.map(({ value }) => exact(value))),
      unit: row.unit,
      unitUsd: exact(row.usd),
      priceIds: [row.id, ...factors.map(({ id }) => id)],
    });
  const rate = classOf(
    prices.frameRates,
    (each) => each.framesPerSecondMax,
    perSecond(plan.range.framesPerSecond),
  );
  const video = (item: string, { height }: Rendition) => {
    const size = classOf(prices.resolutions, (each) => each.heightMax, height);
    const name = `${size.name}, ${rate.multiplier.tier}`;
    return output(item, name, [size.multiplier, rate.multiplier, quality]);
  };
  return [
    ...plan.ladder.map((rendition) => video(rendition.label, rendition)),
    ...(plan.mp4Renditions ? plan.ladder.map((each) => video(`${each.label} MP4`, each)) : []),
    ...(soundStandsAlone(plan, 'mediaconvert')
      ? [output('sound', 'audio only', [prices.audioOnly[tier]])]
      : []),
  ];
}

/** The price of a plan's tier in a region, or in the one that stands in for it. */
export function mediaConvertRow(plan: TranscodePlan, prices: MediaConvertPrices, region: string): PriceRow {
  return rowOfRegion(prices[mediaConvertTier(plan.probe.video)], region);
}

/** Taking interlaced or HDR pictures apart needs features of the Professional tier; all else we order is Basic. */
export function mediaConvertTier({ interlaced, hdr }: VideoTrack): MediaConvertTier {
  return interlaced || hdr ? 'professional' : 'basic';
}

interface Factor {
  readonly id: string;
  readonly value: string;
}

function billedMinutes(durationSeconds: number, { minimumSeconds, stepSeconds }: MediaConvertPrices): Exact {
  const step = Number(stepSeconds.value);
  // A millisecond is what containers resolve; without the cut a float's last bit would begin a new second.
  const steps = Math.ceil(Math.round(durationSeconds * 1000) / 1000 / step);
  return fraction(Math.max(steps * step, Number(minimumSeconds.value)), 60);
}

function classOf<T>(classes: readonly [T, ...T[]], maxOf: (each: T) => number | null, value: number): T {
  return (
    classes.find((each) => {
      const max = maxOf(each);
      return max === null || value <= max;
    }) ?? classes[0]
  );
}
