import type { RemoteTranscoderName, TranscoderName } from '#providers/transcoders/transcoder.ts';
import type { TranscodePlan } from '../transcode/transcode-job.entity.ts';
import { type CostLine, sumOf } from './cost-line.ts';
import type { CostSettings } from './cost-settings.ts';
import { coconutLines } from './estimate-coconut.ts';
import { ffmpegLines } from './estimate-ffmpeg.ts';
import { mediaConvertLines, mediaConvertRow } from './estimate-mediaconvert.ts';
import { dividedBy, fraction, type Micros, microsOf } from './exact.ts';
import { ownMachine, type WorkerMachine, workerMachine } from './machine-price.ts';
import type { PriceTables } from './prices/price-tables.ts';
import { transcodeNotes } from './transcode-notes.ts';

/** What making a version costs, once. */
export interface TranscodeEstimate {
  readonly transcoder: TranscoderName;
  /** Whose prices: the deployment's region, or the one that stands in for it. */
  readonly region: string;
  readonly lines: readonly CostLine[];
  /** The sum of the lines. */
  readonly usdMicros: Micros;
  readonly usdMicrosPerSourceMinute: Micros;
  /** What limits the estimate, as sentences. */
  readonly notes: readonly string[];
}

type Place = Pick<CostSettings, 'machine' | 'machineUsdPerHour' | 'region'>;
type Pricing = { readonly lines: CostLine[]; readonly region: string };

type PriceIt = (plan: TranscodePlan, prices: PriceTables, place: Place) => Pricing;

/** Those that bill what they made: the estimate is the bill, as far as their lists are right. */
export const PRICED_BY_OUTPUT: Readonly<Record<RemoteTranscoderName, PriceIt>> = {
  coconut: (plan, prices) => ({ lines: coconutLines(plan, prices.coconut), region: 'any' }),
  mediaconvert: (plan, prices, { region }) => ({
    lines: mediaConvertLines(plan, prices.mediaconvert, region),
    region: mediaConvertRow(plan, prices.mediaconvert, region).region,
  }),
};

const PRICED: Readonly<Record<TranscoderName, PriceIt>> = {
  ...PRICED_BY_OUTPUT,
  ffmpeg: (plan, prices, place) => {
    const machine = machineOf(prices, place);
    return { lines: ffmpegLines(plan, prices.ffmpeg, machine), region: machine.region };
  },
};

/** What a plan costs with a transcoder, each rendition on its own line. Pure. */
export function estimateTranscode(
  plan: TranscodePlan,
  transcoder: TranscoderName,
  prices: PriceTables,
  place: Place,
): TranscodeEstimate {
  const { lines, region } = PRICED[transcoder](plan, prices, place);
  const usdMicros = sumOf(lines);
  return {
    transcoder,
    region,
    lines,
    usdMicros,
    usdMicrosPerSourceMinute: perMinute(usdMicros, plan.probe.durationSeconds),
    notes: transcodeNotes(plan, transcoder, { asked: place.region, used: region }),
  };
}

/** The machine that a deployment's worker runs on. */
export function machineOf(
  prices: Pick<PriceTables, 'machines'>,
  { machine, machineUsdPerHour, region }: Place,
): WorkerMachine {
  const listed = prices.machines[machine];
  return machineUsdPerHour === null
    ? workerMachine(listed, region)
    : ownMachine(machineUsdPerHour, listed.vcpus);
}

function perMinute(usdMicros: Micros, durationSeconds: number): Micros {
  const milliseconds = Math.round(durationSeconds * 1000);
  if (milliseconds === 0) return usdMicros;
  const usd = fraction(usdMicros, 1_000_000);
  return microsOf(dividedBy(usd, fraction(milliseconds, 60_000)));
}
