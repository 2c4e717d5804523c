import type { TranscoderName } from '#providers/transcoders/transcoder.ts';
import { planTranscode } from '../transcode/plan-transcode.ts';
import type { TranscodePlan } from '../transcode/transcode-job.entity.ts';
import type { CostSettings } from './cost-settings.ts';
import { type DeliveryEstimate, estimateDelivery, type WatchedVideo } from './estimate-delivery.ts';
import { estimateStorage, type StorageEstimate, type StoredVideo } from './estimate-storage.ts';
import { estimateTranscode, type TranscodeEstimate } from './estimate-transcode.ts';
import { type Row, rowsOf } from './price-row.ts';
import { NETWORK_NAMES } from './prices/delivery.ts';
import type { PriceTables } from './prices/price-tables.ts';
import { STORE_NAMES } from './prices/storage.ts';

/** What a video costs, the three kinds apart: they are paid once, monthly and by the view, and never added up. */
export interface CostEstimate {
  readonly transcode: TranscodeEstimate;
  /** The same video by other transcoders. */
  readonly alternatives: readonly TranscodeEstimate[];
  readonly storage: readonly StorageEstimate[];
  readonly delivery: readonly DeliveryEstimate[];
  /** Every row that a number above was made of. */
  readonly prices: readonly Row[];
}

/** The plan is what would be or was ordered. */
export interface EstimateInput extends StoredVideo, WatchedVideo {
  readonly alternatives: readonly TranscoderName[];
}

/** Puts an estimate together from the price tables. Pure. */
export function estimate(input: EstimateInput, prices: PriceTables, settings: CostSettings): CostEstimate {
  const { plan, transcoder } = input;
  const result = {
    transcode: estimateTranscode(plan, transcoder, prices, settings),
    alternatives: input.alternatives.map((name) =>
      estimateTranscode(samePlanFor(plan, name), name, prices, settings),
    ),
    storage: STORE_NAMES.map((store) => estimateStorage(input, store, prices, settings.region)),
    delivery: NETWORK_NAMES.map((network) => estimateDelivery(input, network, prices)),
  };
  const used = new Set(idsIn(result));
  return {
    ...result,
    prices: rowsOf(prices).filter(({ id }, i, all) => used.has(id) && firstAt(all, id) === i),
  };
}

/** What the other transcoder would be asked for: its own bitrate caps, all else alike. */
function samePlanFor(plan: TranscodePlan, transcoder: TranscoderName): TranscodePlan {
  return planTranscode(plan.source, plan.probe, transcoder, plan);
}

/** Every `priceId` and `priceIds`, however deep. */
function idsIn(part: unknown): string[] {
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([name, value]) => {
    if (name === 'priceId') return [String(value)];
    if (name === 'priceIds') return value as string[];
    return idsIn(value);
  });
}

/** One row may stand at several places of a table. */
function firstAt(rows: readonly Row[], id: string): number {
  return rows.findIndex((row) => row.id === id);
}
