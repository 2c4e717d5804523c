import type { TranscoderName } from '#providers/transcoders/transcoder.ts';
import type { TranscodePlan } from '../transcode/transcode-job.entity.ts';
import { type CostLine, lineOfRow, sumOf } from './cost-line.ts';
import { decimalText, type Exact, exact, fraction, type Micros, times } from './exact.ts';
import { gibOf, objectsOf, viewedBytes } from './output-bytes.ts';
import type { NetworkName, ViewerRegion } from './prices/delivery.ts';
import type { PriceTables } from './prices/price-tables.ts';

/** What showing a video costs, for so many views. */
export interface DeliveryEstimate {
  readonly network: NetworkName;
  readonly label: string;
  readonly viewers: ViewerRegion;
  readonly views: number;
  readonly lines: readonly CostLine[];
  readonly usdMicros: Micros;
  /** The same if everybody watched all of it at the highest rendition, at its cap. */
  readonly atMostUsdMicros: Micros;
  /** What a month includes for the whole account; not taken off here, as other videos use it too. */
  readonly included: readonly {
    readonly quantity: string;
    readonly unit: string;
    readonly priceId: string;
  }[];
}

/** A video and who watches it. */
export interface WatchedVideo {
  readonly plan: TranscodePlan;
  readonly transcoder: TranscoderName;
  readonly views: number;
  readonly viewers: ViewerRegion;
}

export function estimateDelivery(
  { plan, transcoder, views, viewers }: WatchedVideo,
  network: NetworkName,
  { networks, assumptions }: Pick<PriceTables, 'networks' | 'assumptions'>,
): DeliveryEstimate {
  const { label, gib, tenThousandRequests, allowances } = networks[network];
  const { averageOfCap, timeAtTop, watched } = assumptions;
  const viewed = viewedBytes(plan, assumptions);
  const transfer = (bytes: Exact) =>
    lineOfRow(gib[viewers], gibOf(times(bytes, fraction(views))), { item: 'transfer' });
  const requests = tenThousandRequests
    ? [
        lineOfRow(
          tenThousandRequests,
          times(fraction(objectsOf(plan, transcoder).perView), fraction(views, 10_000), exact(watched.value)),
          { item: 'requests' },
        ),
      ]
    : [];
  const expected = transfer(viewed.expected);
  const assumed = [averageOfCap.id, timeAtTop.id, watched.id];
  const lines = [{ ...expected, priceIds: [...expected.priceIds, ...assumed] }, ...requests];
  return {
    network,
    label,
    viewers,
    views,
    lines,
    usdMicros: sumOf(lines),
    atMostUsdMicros: sumOf([transfer(viewed.atMost), ...requests]),
    included: allowances.map(({ value, unit, id }) => ({
      quantity: decimalText(exact(value), 0),
      unit,
      priceId: id,
    })),
  };
}
