import { estimateDelivery } from '#domain/cost/estimate-delivery.ts';
import { estimateStorage } from '#domain/cost/estimate-storage.ts';
import { estimateTranscode } from '#domain/cost/estimate-transcode.ts';
import { decimalText, type Exact, exact, fraction, microsOf, plus, times } from '#domain/cost/exact.ts';
import { objectsOf } from '#domain/cost/output-bytes.ts';
import type { NetworkName } from '#domain/cost/prices/delivery.ts';
import type { MachineName } from '#domain/cost/prices/machines.ts';
import { PRICES } from '#domain/cost/prices/price-tables.ts';
import type { StoreName } from '#domain/cost/prices/storage.ts';
import type { TranscoderName } from '#providers/transcoders/transcoder.ts';
import { LOAD } from './assumptions.ts';
import type { BillLine } from './bill.ts';
import { planOf, type Usage } from './usage.ts';

const REGION = 'us-east-1';
const MICROS_PER_USD = 1_000_000;

/** Dollars that one upload costs to transcode, exact to the millionth. */
export function transcodeUsd(transcoder: TranscoderName, machine: MachineName): Exact {
  return fraction(estimateUpload(transcoder, machine).usdMicros, MICROS_PER_USD);
}

function estimateUpload(transcoder: TranscoderName, machine: MachineName) {
  const plan = planOf(LOAD.uploadMinutes.value, transcoder);
  const settings = {
    machine,
    machineUsdPerHour: null,
    transcodesPerMachine: 1,
    region: REGION,
    store: null,
    network: null,
  };
  return estimateTranscode(plan, transcoder, PRICES, settings);
}

/** What a transcoder elsewhere bills for a month. */
export function transcodingLine(
  { uploads }: Usage,
  transcoder: 'mediaconvert' | 'coconut',
  label: string,
): BillLine {
  const { usdMicros, lines } = estimateUpload(transcoder, 'fargate-x86');
  return {
    item: `transcoding by ${label}`,
    detail: `${decimalText(uploads, 0)} uploads of ${LOAD.uploadMinutes.value} min`,
    usdMicros: microsOf(times(fraction(usdMicros, MICROS_PER_USD), uploads)),
    priceIds: lines.flatMap((line) => line.priceIds),
  };
}

/** Sources and renditions of all months that are kept, and writing those of this month. */
export function storageLine(usage: Usage, store: StoreName, transcoder: TranscoderName): BillLine {
  const plan = planOf(LOAD.uploadMinutes.value, transcoder);
  const { sourceBytes } = usage;
  const each = estimateStorage({ plan, transcoder, sourceBytes }, store, PRICES, REGION);
  const kept = times(usage.uploads, exact(LOAD.monthsKept.value));
  const keeping = times(fraction(each.monthlyUsdMicros, MICROS_PER_USD), kept);
  const writing = times(fraction(each.writing?.usdMicros ?? 0, MICROS_PER_USD), usage.uploads);
  const base = fraction(each.base?.usdMicros ?? 0, MICROS_PER_USD);
  return {
    item: `storage, ${each.label}`,
    detail: `${decimalText(kept, 0)} videos, sources among them`,
    usdMicros: microsOf(plus(plus(keeping, writing), base)),
    priceIds: each.monthly.flatMap((line) => line.priceIds),
  };
}

/** Requests of viewers to the CDN. */
export function fetches({ views }: Usage, transcoder: TranscoderName): Exact {
  return fraction(objectsOf(planOf(LOAD.watchMinutes.value, transcoder), transcoder).perView * views);
}

/** What viewers fetch, at the price of the first volume step, without what is free. */
export function deliveryLine(usage: Usage, network: NetworkName, transcoder: TranscoderName): BillLine {
  const plan = planOf(LOAD.watchMinutes.value, transcoder);
  const { views } = usage;
  const { label, usdMicros, lines } = estimateDelivery(
    { plan, transcoder, views, viewers: 'europe' },
    network,
    PRICES,
  );
  return {
    item: `delivery, ${label}`,
    detail: `${decimalText(fraction(views), 0)} views of ${LOAD.watchMinutes.value} min, ${lines[0]?.quantity.replace(/\..*/, '') ?? ''} GiB`,
    usdMicros,
    priceIds: lines.flatMap((line) => line.priceIds),
  };
}
