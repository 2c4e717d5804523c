import type { TranscoderName } from '#providers/transcoders/transcoder.ts';
import type { TranscodePlan } from '../transcode/transcode-job.entity.ts';
import { type CostLine, lineOfRow, sumOf } from './cost-line.ts';
import { decimalText, exact, fraction, type Micros, microsOf } from './exact.ts';
import { gibOf, objectsOf, storedBytes } from './output-bytes.ts';
import { rowOfRegion } from './price-row.ts';
import type { PriceTables } from './prices/price-tables.ts';
import type { StoreName } from './prices/storage.ts';

/** What keeping a video costs, month by month. */
export interface StorageEstimate {
  readonly store: StoreName;
  readonly label: string;
  readonly region: string;
  /** Per month: the renditions, and the source where its size is known. */
  readonly monthly: readonly CostLine[];
  readonly monthlyUsdMicros: Micros;
  /** The same if every rendition used all of its bitrate cap. */
  readonly atMostMonthlyUsdMicros: Micros;
  /** Once, for writing the objects; null where requests are not billed. */
  readonly writing: CostLine | null;
  /** Paid for the whole account, whatever it holds; not in any sum here. */
  readonly base: {
    readonly usdMicros: Micros;
    readonly includedGib: string;
    readonly priceIds: string[];
  } | null;
}

/** A video as a store keeps it. */
export interface StoredVideo {
  readonly plan: TranscodePlan;
  readonly transcoder: TranscoderName;
  /** Of the uploaded file, which is kept; null when not known. */
  readonly sourceBytes: number | null;
}

export function estimateStorage(
  { plan, transcoder, sourceBytes }: StoredVideo,
  store: StoreName,
  { stores, assumptions }: Pick<PriceTables, 'stores' | 'assumptions'>,
  region: string,
): StorageEstimate {
  const { label, gibMonth, thousandPuts, base } = stores[store];
  const row = rowOfRegion(gibMonth, region);
  const renditions = storedBytes(plan, transcoder, assumptions);
  const source =
    sourceBytes === null ? [] : [lineOfRow(row, gibOf(fraction(sourceBytes)), { item: 'source' })];
  const expected = lineOfRow(row, gibOf(renditions.expected), { item: 'renditions' });
  const atMost = lineOfRow(row, gibOf(renditions.atMost), { item: 'renditions' });
  const monthly = [{ ...expected, priceIds: [...expected.priceIds, assumptions.averageOfCap.id] }, ...source];
  return {
    store,
    label,
    region: row.region,
    monthly,
    monthlyUsdMicros: sumOf(monthly),
    atMostMonthlyUsdMicros: sumOf([atMost, ...source]),
    writing: thousandPuts
      ? lineOfRow(thousandPuts, fraction(objectsOf(plan, transcoder).stored, 1000), {
          item: 'writing the objects',
        })
      : null,
    base: base && {
      usdMicros: microsOf(exact(base.price.usd)),
      includedGib: decimalText(exact(base.includedGib.value), 0),
      priceIds: [base.price.id, base.includedGib.id],
    },
  };
}
