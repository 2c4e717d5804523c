import { z } from '@hono/zod-openapi';
import { SURENESS } from '#domain/cost/price-row.ts';
import { NETWORK_NAMES, VIEWER_REGIONS } from '#domain/cost/prices/delivery.ts';
import { STORE_NAMES } from '#domain/cost/prices/storage.ts';
import { TRANSCODER_NAMES } from '#providers/transcoders/transcoder.ts';

/** Decimal digits, since a JSON number would not stay exact. */
const usd = (example: string) => z.string().openapi({ description: 'US dollars, exact.', example });

export const CostEstimateQuery = z.strictObject({
  viewers: z
    .enum(VIEWER_REGIONS)
    .default('north-america')
    .openapi({
      param: { name: 'viewers', in: 'query' },
      description: 'Where viewers are, for the price of delivery.',
    }),
});

const CostLineBody = z
  .object({
    item: z.string().openapi({ description: 'What is paid for.', example: '1080p' }),
    tier: z.string().openapi({ example: 'HD' }),
    outputMinutes: z
      .string()
      .nullable()
      .openapi({ description: 'Length of the output, as billed.', example: '10.0000' }),
    quantity: z.string().openapi({ description: 'Units that are billed.', example: '10.0000' }),
    unit: z.string().openapi({ example: 'output minute' }),
    unitUsd: usd('0.015'),
    usd: usd('0.150000'),
    priceIds: z
      .array(z.string())
      .openapi({ description: 'Rows of `prices` that it is made of.', example: ['coconut/hd'] }),
  })
  .openapi('CostLine');

const lines = z.array(CostLineBody).openapi({ description: 'Their sum is the total, to the micro-dollar.' });

const TranscodeCost = z
  .object({
    transcoder: z.enum(TRANSCODER_NAMES).openapi({ example: 'coconut' }),
    region: z.string().openapi({ description: 'Whose prices.', example: 'us-east-1' }),
    lines,
    usd: usd('0.450000'),
    usdPerSourceMinute: usd('0.045000'),
    notes: z.array(z.string()).openapi({ description: 'What limits the estimate.' }),
  })
  .openapi('TranscodeCost');

const ActualCost = z
  .object({
    transcoder: z.enum(TRANSCODER_NAMES),
    region: z.string(),
    lines,
    usd: usd('0.450000'),
    pricesOf: z.iso.date().nullable().openapi({
      description: 'The latest day of its prices; null where the operator told the price of the machine.',
      example: '2026-09-29',
    }),
    recordedAt: z.iso.datetime().openapi({ example: '2026-11-21T20:00:00.000Z' }),
  })
  .openapi('ActualCost');

const StorageCost = z
  .object({
    store: z.enum(STORE_NAMES),
    name: z.string().openapi({ example: 'Amazon S3 Standard' }),
    isUsed: z.boolean().openapi({ description: 'Whether this deployment stores there.' }),
    region: z.string().openapi({ example: 'us-east-1' }),
    monthly: lines,
    usdPerMonth: usd('0.011500'),
    usdPerMonthAtMost: usd('0.016400'),
    writing: CostLineBody.nullable().openapi({ description: 'Once; null where requests are not billed.' }),
    base: z
      .object({ usd: usd('5.000000'), includedGib: z.string().openapi({ example: '250' }) })
      .nullable()
      .openapi({ description: 'A month of the whole account, whatever it holds; in no sum here.' }),
  })
  .openapi('StorageCost');

const DeliveryCost = z
  .object({
    network: z.enum(NETWORK_NAMES),
    name: z.string().openapi({ example: 'Amazon CloudFront' }),
    isUsed: z.boolean().openapi({ description: 'Whether this deployment delivers by it.' }),
    viewers: z.enum(VIEWER_REGIONS),
    views: z.int().openapi({ example: 1000 }),
    lines,
    usd: usd('14.210000'),
    usdAtMost: usd('30.410000'),
    included: z
      .array(
        z.object({
          quantity: z.string().openapi({ example: '1024' }),
          unit: z.string().openapi({ example: 'GiB' }),
        }),
      )
      .openapi({ description: 'What a month of the whole account includes; not taken off.' }),
  })
  .openapi('DeliveryCost');

const PriceBody = z
  .object({
    id: z.string().openapi({ example: 'coconut/hd' }),
    provider: z.string().openapi({ example: 'coconut' }),
    tier: z.string().openapi({ example: 'HD' }),
    region: z.string().openapi({ example: 'any' }),
    unit: z.string().openapi({ example: 'output minute' }),
    usd: z
      .string()
      .nullable()
      .openapi({ description: 'Null for a number that is no price.', example: '0.015' }),
    value: z.string().nullable().openapi({ description: 'Null for a price.', example: null }),
    date: z.iso.date().openapi({ description: 'When the source said so.', example: '2026-06-20' }),
    source: z.string().openapi({ description: 'An address, or a document of this repository.' }),
    sureness: z.enum(SURENESS).openapi({ example: 'second-hand' }),
  })
  .openapi('Price');

export const CostEstimateBody = z
  .object({
    videoId: z.uuid(),
    currency: z.literal('USD'),
    source: z.object({
      durationSeconds: z.number().openapi({ example: 600 }),
      width: z.int().openapi({ example: 1920 }),
      height: z.int().openapi({ example: 1080 }),
      sizeBytes: z.int().openapi({ example: 734003200 }),
      hasSound: z.boolean(),
    }),
    transcode: TranscodeCost.openapi({ description: 'By the transcoder that has it, paid once.' }),
    alternatives: z.array(TranscodeCost).openapi({ description: 'By the others that are set up.' }),
    actual: ActualCost.nullable().openapi({
      description: 'What the version that plays did cost; null before it plays.',
    }),
    storage: z.array(StorageCost),
    delivery: z.array(DeliveryCost),
    prices: z.array(PriceBody).openapi({ description: 'Every number used, with its source.' }),
  })
  .openapi('CostEstimate');
