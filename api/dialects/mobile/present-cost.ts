import type { z } from '@hono/zod-openapi';
import type { CostLine } from '#domain/cost/cost-line.ts';
import type { TranscodeEstimate } from '#domain/cost/estimate-transcode.ts';
import { usdText } from '#domain/cost/exact.ts';
import type { VideoCost } from '#domain/cost/get-cost-estimate.ts';
import type { Row } from '#domain/cost/price-row.ts';
import type { RecordedCost } from '#domain/cost/recorded-cost.ts';
import type { CostEstimateBody } from './cost-schemas.ts';

type Body = z.infer<typeof CostEstimateBody>;

/** The cost of a video as JSON: money as decimal digits. */
export function costEstimateBody({ videoId, source, estimate, actual, used }: VideoCost): Body {
  return {
    videoId,
    currency: 'USD',
    source: { ...source },
    transcode: transcodeCost(estimate.transcode),
    alternatives: estimate.alternatives.map(transcodeCost),
    actual: actual && actualCost(actual),
    storage: estimate.storage.map((each) => ({
      store: each.store,
      name: each.label,
      isUsed: each.store === used.store,
      region: each.region,
      monthly: each.monthly.map(costLine),
      usdPerMonth: usdText(each.monthlyUsdMicros),
      usdPerMonthAtMost: usdText(each.atMostMonthlyUsdMicros),
      writing: each.writing && costLine(each.writing),
      base: each.base && { usd: usdText(each.base.usdMicros), includedGib: each.base.includedGib },
    })),
    delivery: estimate.delivery.map((each) => ({
      network: each.network,
      name: each.label,
      isUsed: each.network === used.network,
      viewers: each.viewers,
      views: each.views,
      lines: each.lines.map(costLine),
      usd: usdText(each.usdMicros),
      usdAtMost: usdText(each.atMostUsdMicros),
      included: each.included.map(({ quantity, unit }) => ({ quantity, unit })),
    })),
    prices: estimate.prices.map(price),
  };
}

function transcodeCost(cost: TranscodeEstimate): Body['transcode'] {
  return {
    transcoder: cost.transcoder,
    region: cost.region,
    lines: cost.lines.map(costLine),
    usd: usdText(cost.usdMicros),
    usdPerSourceMinute: usdText(cost.usdMicrosPerSourceMinute),
    notes: [...cost.notes],
  };
}

function actualCost(cost: RecordedCost): Body['actual'] {
  const { transcoder, region, lines, usdMicros, pricesOf, recordedAt } = cost;
  return { transcoder, region, lines: lines.map(costLine), usd: usdText(usdMicros), pricesOf, recordedAt };
}

function costLine({ usdMicros, priceIds, ...line }: CostLine): Body['transcode']['lines'][number] {
  return { ...line, usd: usdText(usdMicros), priceIds: [...priceIds] };
}

function price(row: Row): Body['prices'][number] {
  const { id, provider, tier, region, unit, date, source, sureness } = row;
  const number = 'usd' in row ? { usd: row.usd, value: null } : { usd: null, value: row.value };
  return { id, provider, tier, region, unit, ...number, date, source, sureness };
}
