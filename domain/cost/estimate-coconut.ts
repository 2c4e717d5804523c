import type { Rendition } from '#providers/transcoders/transcoder.ts';
import type { TranscodePlan } from '../transcode/transcode-job.entity.ts';
import { type CostLine, lineOfRow } from './cost-line.ts';
import { type Exact, fraction } from './exact.ts';
import type { CoconutPrices, CoconutTier } from './prices/coconut.ts';

/** Coconut bills every output file by its length and size, with its sound; pictures are free. */
export function coconutLines(plan: TranscodePlan, prices: CoconutPrices): CostLine[] {
  const minutes = fraction(Math.round(plan.probe.durationSeconds * 1000), 60_000);
  const line = (item: string, rendition: Rendition) => videoLine(item, rendition, minutes, prices);
  return [
    ...plan.ladder.map((rendition) => line(rendition.label, rendition)),
    ...(plan.mp4Renditions ? plan.ladder.map((each) => line(`${each.label} MP4`, each)) : []),
  ];
}

function videoLine(
  item: string,
  { width, height }: Rendition,
  minutes: Exact,
  { video }: CoconutPrices,
): CostLine {
  const shortSide = Math.min(width, height);
  const tier: CoconutTier =
    video.find(({ shortSideMax }) => shortSideMax === null || shortSide <= Number(shortSideMax.value)) ??
    video[0];
  return lineOfRow(tier.price, minutes, { item, outputMinutes: minutes });
}
