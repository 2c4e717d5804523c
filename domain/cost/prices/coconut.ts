import type { FigureRow, PriceRow } from '../price-row.ts';

const LIST = {
  provider: 'coconut',
  region: 'any',
  unit: 'output minute',
  date: '2026-06-20',
  source: 'https://www.coconut.co/pricing, by github.com/api-evangelist/coconut',
  sureness: 'second-hand',
} as const;

export interface CoconutPrices {
  /** By the short side of an output, lowest first. */
  readonly video: readonly [CoconutTier, ...CoconutTier[]];
}

export interface CoconutTier {
  readonly name: string;
  /** The largest short side in this tier, pixels; null for the last tier. */
  readonly shortSideMax: FigureRow | null;
  readonly price: PriceRow;
}

const BOUNDARY = {
  provider: 'coconut',
  region: 'any',
  unit: 'pixels of the short side',
  date: '2026-11-21',
  source: 'docs/cost.md',
  sureness: 'assumed',
} as const;

/** Each output file is billed by its length; failed jobs, pictures and API calls are not. */
export const COCONUT_PRICES: CoconutPrices = {
  video: [
    {
      name: 'SD',
      shortSideMax: { ...BOUNDARY, id: 'coconut/sd-max', tier: 'SD', value: '719' },
      price: { ...LIST, id: 'coconut/sd', tier: 'SD', usd: '0.0075' },
    },
    {
      name: 'HD',
      shortSideMax: { ...BOUNDARY, id: 'coconut/hd-max', tier: 'HD', value: '1080' },
      // Coconut's own FAQ calculates with the same 0.015: coconut.co/faq/how-do-you-calculate-output-minutes
      price: { ...LIST, id: 'coconut/hd', tier: 'HD', usd: '0.015' },
    },
    {
      name: 'UHD',
      shortSideMax: null,
      price: { ...LIST, id: 'coconut/uhd', tier: 'UHD', usd: '0.03' },
    },
  ],
};
