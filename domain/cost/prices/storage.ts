import type { FigureRow, PriceRow } from '../price-row.ts';

export const STORE_NAMES = ['s3', 'spaces'] as const;
export type StoreName = (typeof STORE_NAMES)[number];

export interface StorePrices {
  readonly label: string;
  /** The first row stands in for regions without one. */
  readonly gibMonth: readonly [PriceRow, ...PriceRow[]];
  /** Of writing 1,000 objects; null where requests are not billed. */
  readonly thousandPuts: PriceRow | null;
  /** Paid once a month for the whole account, and what it includes; null where there is none. */
  readonly base: { readonly price: PriceRow; readonly includedGib: FigureRow } | null;
}

const S3 = {
  provider: 's3',
  tier: 'Standard, first 50 TB',
  region: 'us-east-1',
  date: '2026-09-29',
  source: 'AWS Price List API, AmazonS3 (docs/cost.md)',
  sureness: 'second-hand',
} as const;
const SPACES = { provider: 'spaces', tier: 'Standard', region: 'any', sureness: 'second-hand' } as const;

/** AWS counts a GB as 2^30 bytes (its S3 FAQ calculates so). */
export const STORE_PRICES: Readonly<Record<StoreName, StorePrices>> = {
  s3: {
    label: 'Amazon S3 Standard',
    gibMonth: [{ ...S3, id: 's3/standard/us-east-1', unit: 'GiB-month', usd: '0.023' }],
    thousandPuts: { ...S3, id: 's3/put/us-east-1', tier: 'PUT', unit: '1,000 requests', usd: '0.005' },
    base: null,
  },
  spaces: {
    label: 'DigitalOcean Spaces',
    gibMonth: [
      {
        ...SPACES,
        id: 'spaces/gib',
        unit: 'GiB-month',
        usd: '0.02',
        date: '2024-07-16',
        source: 'https://gist.github.com/Manouchehri/733e6235457e60de24fdbb15046fba7f',
      },
    ],
    thousandPuts: null,
    base: {
      price: {
        ...SPACES,
        id: 'spaces/base',
        unit: 'month of the account',
        usd: '5',
        date: '2026-07-13',
        source: 'https://docs.digitalocean.com/products/spaces/details/pricing/',
      },
      includedGib: {
        ...SPACES,
        id: 'spaces/included-storage',
        unit: 'GiB stored',
        value: '250',
        date: '2018-11-27',
        source:
          'https://www.digitalocean.com/community/questions/prices-explanation-5-per-space-or-5-for-spaces',
      },
    },
  },
};
