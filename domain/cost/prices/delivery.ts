import type { FigureRow, PriceRow } from '../price-row.ts';

export const NETWORK_NAMES = ['cloudfront', 'spaces-cdn'] as const;
export type NetworkName = (typeof NETWORK_NAMES)[number];

/** Where viewers are, as CloudFront's list has it; Spaces CDN costs the same everywhere. */
export const VIEWER_REGIONS = [
  'north-america',
  'europe',
  'middle-east-africa',
  'south-america',
  'japan',
  'australia',
  'asia',
  'india',
] as const;
export type ViewerRegion = (typeof VIEWER_REGIONS)[number];

export interface NetworkPrices {
  readonly label: string;
  /** Of the first volume step of a month. */
  readonly gib: Readonly<Record<ViewerRegion, PriceRow>>;
  /** Null where requests are not billed. */
  readonly tenThousandRequests: PriceRow | null;
  /** What a month includes for the whole account; never taken off an estimate. */
  readonly allowances: readonly FigureRow[];
}

const CLOUDFRONT = {
  provider: 'cloudfront',
  date: '2023-11-21',
  source: 'https://aws.amazon.com/cloudfront/pricing/',
  sureness: 'second-hand',
} as const;
const PRICE_LIST = {
  ...CLOUDFRONT,
  date: '2026-09-29',
  source: 'AWS Price List API, AmazonCloudFront (docs/cost.md)',
  sureness: 'second-hand',
} as const;
const FREE = {
  ...CLOUDFRONT,
  tier: 'always free',
  region: 'any',
  date: '2026-09-05',
  sureness: 'second-hand',
} as const;
const SPACES_CDN = {
  provider: 'spaces-cdn',
  tier: 'beyond what is included',
  region: 'any',
  sureness: 'second-hand',
} as const;

function cloudfrontGib(region: ViewerRegion, usd: string): PriceRow {
  const tier = 'first 10 TB of a month';
  return { ...CLOUDFRONT, id: `cloudfront/gib/${region}`, tier, region, unit: 'GiB', usd };
}

const OVERAGE: PriceRow = {
  ...SPACES_CDN,
  id: 'spaces-cdn/gib',
  unit: 'GiB',
  usd: '0.01',
  date: '2024-07-16',
  source: 'https://gist.github.com/Manouchehri/733e6235457e60de24fdbb15046fba7f',
};

export const NETWORK_PRICES: Readonly<Record<NetworkName, NetworkPrices>> = {
  cloudfront: {
    label: 'Amazon CloudFront',
    gib: {
      'north-america': { ...cloudfrontGib('north-america', '0.085'), ...PRICE_LIST },
      europe: cloudfrontGib('europe', '0.085'),
      'middle-east-africa': cloudfrontGib('middle-east-africa', '0.110'),
      'south-america': cloudfrontGib('south-america', '0.110'),
      japan: cloudfrontGib('japan', '0.114'),
      australia: cloudfrontGib('australia', '0.114'),
      asia: cloudfrontGib('asia', '0.120'),
      india: cloudfrontGib('india', '0.109'),
    },
    tenThousandRequests: {
      ...PRICE_LIST,
      id: 'cloudfront/requests',
      tier: 'HTTPS',
      region: 'us-east-1',
      unit: '10,000 requests',
      usd: '0.01',
    },
    allowances: [
      { ...FREE, id: 'cloudfront/free-gib', unit: 'GiB', value: '1024' },
      { ...FREE, id: 'cloudfront/free-requests', unit: 'requests', value: '10000000' },
    ],
  },
  'spaces-cdn': {
    label: 'DigitalOcean Spaces CDN',
    gib: {
      'north-america': OVERAGE,
      europe: OVERAGE,
      'middle-east-africa': OVERAGE,
      'south-america': OVERAGE,
      japan: OVERAGE,
      australia: OVERAGE,
      asia: OVERAGE,
      india: OVERAGE,
    },
    tenThousandRequests: null,
    allowances: [
      {
        ...SPACES_CDN,
        id: 'spaces-cdn/included-gib',
        tier: 'included in the base fee of Spaces',
        unit: 'GiB',
        value: '1024',
        date: '2018-11-27',
        source:
          'https://www.digitalocean.com/community/questions/prices-explanation-5-per-space-or-5-for-spaces',
      },
    ],
  },
};
