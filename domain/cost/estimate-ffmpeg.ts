import type { Rational } from '#providers/transcoders/source-inspector.ts';
import type { Rendition } from '#providers/transcoders/transcoder.ts';
import type { TranscodePlan } from '../transcode/transcode-job.entity.ts';
import { type CostLine, costLine } from './cost-line.ts';
import { dividedBy, type Exact, exact, fraction, times } from './exact.ts';
import type { WorkerMachine } from './machine-price.ts';
import type { FigureRow } from './price-row.ts';
import type { EncodeFigure, FfmpegFigures } from './prices/ffmpeg.ts';

/**
 * Our own FFmpeg costs the time of the machine it keeps busy: measured CPU seconds, by pixels and frame rate, over the
 * machine's cores. MP4s beside the renditions are repacked, not encoded, and cost nothing more.
 */
export function ffmpegLines(plan: TranscodePlan, figures: FfmpegFigures, machine: WorkerMachine): CostLine[] {
  const { probe, ladder, range } = plan;
  const sourceMinutes = fraction(Math.round(probe.durationSeconds * 1000), 60_000);
  const capacity = times(fraction(60 * machine.vcpus), exact(figures.utilisation.value));
  const line = (item: string, row: FigureRow, scale: Exact, outputMinutes?: Exact) =>
    costLine({
      item,
      tier: machine.label,
      ...(outputMinutes && { outputMinutes }),
      quantity: dividedBy(times(sourceMinutes, exact(row.value), scale), capacity),
      unit: 'machine minute',
      unitUsd: machine.usdPerMinute,
      priceIds: [row.id, figures.utilisation.id, ...machine.priceIds],
    });
  const reference = fraction(figures.framesPerSecond);
  const { codedWidth, codedHeight, averageFrameRate } = probe.video;
  return [
    ...ladder.map((rendition) => {
      const { pixels, cpuSeconds } = nearestFigure(rendition, figures.encode);
      const size = fraction(rendition.width * rendition.height, pixels);
      const scale = times(size, dividedBy(rate(range.framesPerSecond), reference));
      return line(rendition.label, cpuSeconds, scale, sourceMinutes);
    }),
    line(
      probe.audio ? 'decoding and sound' : 'decoding',
      figures.source,
      times(
        fraction(codedWidth * codedHeight, figures.sourcePixels),
        dividedBy(rate(averageFrameRate), reference),
      ),
    ),
    line('reading, checking, storing', figures.worker, fraction(1)),
  ];
}

function rate({ numerator, denominator }: Rational): Exact {
  return fraction(numerator, denominator);
}

/** The measured rung whose size is closest by ratio. */
function nearestFigure(
  { width, height }: Rendition,
  figures: readonly [EncodeFigure, ...EncodeFigure[]],
): EncodeFigure {
  const distance = ({ pixels }: EncodeFigure) => Math.abs(Math.log((width * height) / pixels));
  return figures.reduce((best, each) => (distance(each) < distance(best) ? each : best));
}
