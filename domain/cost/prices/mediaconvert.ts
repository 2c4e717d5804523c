import type { FigureRow, PriceRow } from '../price-row.ts';

export interface MediaConvertPrices {
  /** Per normalized minute, the first volume step of a month. The first row stands in for regions without one. */
  readonly basic: readonly [PriceRow, ...PriceRow[]];
  readonly professional: readonly [PriceRow, ...PriceRow[]];
  /** Lowest first, by the height of an output. */
  readonly resolutions: readonly [ResolutionClass, ...ResolutionClass[]];
  /** Lowest first. */
  readonly frameRates: readonly [FrameRateClass, ...FrameRateClass[]];
  /** Of an output that holds sound only, by tier. */
  readonly audioOnly: Readonly<Record<'basic' | 'professional', FigureRow>>;
  /** Of the single-pass HQ that we ask for, beside plain single-pass. */
  readonly quality: FigureRow;
  /** An output that is shorter is billed as if it had this length. */
  readonly minimumSeconds: FigureRow;
  /** Lengths are billed in steps of this. */
  readonly stepSeconds: FigureRow;
}

export interface ResolutionClass {
  readonly name: string;
  /** Pixels; null for the last class. */
  readonly heightMax: number | null;
  readonly multiplier: FigureRow;
}

export interface FrameRateClass {
  /** Null for the last class. */
  readonly framesPerSecondMax: number | null;
  readonly multiplier: FigureRow;
}

const USAGE_TYPES = {
  provider: 'mediaconvert',
  region: 'any',
  unit: 'normalized minutes per output minute',
} as const;

/** A copy of AWS's table of the Basic tier: 0.0085 / 0.0170 / 0.0340 by resolution, x 1.25 and x 1.5 by frame rate. */
const TABLE = {
  ...USAGE_TYPES,
  date: '2019-03-11',
  source: 'https://aws.amazon.com/mediaconvert/pricing/, by github.com/IanJang/ianjang.github.io',
  sureness: 'second-hand',
} as const;

const ROUNDING = {
  provider: 'mediaconvert',
  region: 'any',
  tier: 'any',
  unit: 'seconds',
  date: '2021-09-03',
  source: 'https://dev.classmethod.jp/articles/aws-elemental-mediaconvert-ri/',
  sureness: 'second-hand',
} as const;

/** Only completed jobs are billed, each output by its length; volume discounts begin at 100,000 normalized minutes a month. */
export const MEDIACONVERT_PRICES: MediaConvertPrices = {
  basic: [
    {
      id: 'mediaconvert/basic/us-east-1',
      provider: 'mediaconvert',
      tier: 'Basic',
      region: 'us-east-1',
      unit: 'normalized minute',
      usd: '0.0075',
      date: '2026-09-29',
      source: 'AWS Price List API, AWSElementalMediaConvert (docs/cost.md)',
      sureness: 'second-hand',
    },
  ],
  professional: [
    {
      id: 'mediaconvert/professional/us-west-2',
      provider: 'mediaconvert',
      tier: 'Professional',
      region: 'us-west-2',
      unit: 'normalized minute',
      usd: '0.012',
      date: '2020-07-04',
      source: 'https://github.com/aws-solutions-library-samples/video-on-demand-on-aws/issues/90',
      sureness: 'bill',
    },
  ],
  resolutions: [
    {
      name: 'SD',
      heightMax: 719,
      multiplier: { ...TABLE, id: 'mediaconvert/sd', tier: 'SD', value: '1' },
    },
    {
      name: 'HD',
      heightMax: 1080,
      multiplier: { ...TABLE, id: 'mediaconvert/hd', tier: 'HD', value: '2' },
    },
    {
      name: 'UHD',
      heightMax: null,
      multiplier: { ...TABLE, id: 'mediaconvert/uhd', tier: 'UHD', value: '4' },
    },
  ],
  frameRates: [
    {
      framesPerSecondMax: 30,
      multiplier: { ...TABLE, id: 'mediaconvert/fps-30', tier: 'up to 30 fps', value: '1' },
    },
    {
      framesPerSecondMax: 60,
      multiplier: { ...TABLE, id: 'mediaconvert/fps-60', tier: 'above 30 to 60 fps', value: '1.25' },
    },
    {
      framesPerSecondMax: null,
      multiplier: { ...TABLE, id: 'mediaconvert/fps-120', tier: 'above 60 to 120 fps', value: '1.5' },
    },
  ],
  audioOnly: {
    basic: {
      ...USAGE_TYPES,
      id: 'mediaconvert/audio-only/basic',
      tier: 'Basic',
      value: '0.4',
      date: '2024-09-17',
      source: 'https://aws.amazon.com/mediaconvert/pricing/, by public code (docs/cost.md)',
      sureness: 'second-hand',
    },
    professional: {
      ...USAGE_TYPES,
      id: 'mediaconvert/audio-only/professional',
      tier: 'Professional',
      value: '0.39',
      date: '2024-09-17',
      source: 'https://aws.amazon.com/mediaconvert/pricing/, by a public review (docs/cost.md)',
      sureness: 'second-hand',
    },
  },
  quality: {
    ...USAGE_TYPES,
    id: 'mediaconvert/single-pass-hq',
    tier: 'any',
    value: '1',
    date: '2026-11-21',
    source: 'docs/cost.md',
    sureness: 'assumed',
  },
  minimumSeconds: { ...ROUNDING, id: 'mediaconvert/minimum', value: '10' },
  stepSeconds: { ...ROUNDING, id: 'mediaconvert/step', value: '1' },
};
