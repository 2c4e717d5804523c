import type { FigureRow, PriceRow } from '../price-row.ts';

/** Machines on which a worker with FFmpeg runs. */
export const MACHINE_NAMES = [
  'fargate-x86',
  'fargate-arm',
  'app-platform-dedicated',
  'app-platform-shared',
] as const;
export type MachineName = (typeof MACHINE_NAMES)[number];

export interface Machine {
  /** As people call it. */
  readonly label: string;
  readonly vcpus: number;
  readonly memoryGib: number;
  readonly price: PriceByPart | PriceByMonth;
}

/** The first of the rows stands in for regions without one. */
export interface PriceByPart {
  readonly kind: 'by part';
  readonly vcpuHour: readonly [PriceRow, ...PriceRow[]];
  readonly gibHour: readonly [PriceRow, ...PriceRow[]];
}

/** Billed by the second until so many days of a month are paid. */
export interface PriceByMonth {
  readonly kind: 'by month';
  readonly month: PriceRow;
  readonly billedDays: FigureRow;
}

const FARGATE = { provider: 'fargate', sureness: 'second-hand' } as const;
const VIRGINIA = {
  ...FARGATE,
  region: 'us-east-1',
  date: '2026-09-29',
  source: 'AWS Price List API, AmazonECS (docs/cost.md)',
} as const;
const MONTREAL = {
  ...FARGATE,
  region: 'ca-central-1',
  date: '2026-09-11',
  source: 'AWS Price List API, AmazonECS (docs/cost.md)',
} as const;
const GRAVITON = {
  ...FARGATE,
  region: 'us-east-1',
  date: '2021-04-22',
  source: 'https://www.vantage.sh/blog/fargate-pricing',
} as const;

const APP_PLATFORM = {
  provider: 'app-platform',
  region: 'any',
  date: '2026-07-13',
  source: 'https://docs.digitalocean.com/products/app-platform/details/pricing/',
  sureness: 'second-hand',
} as const;
const BILLED_DAYS: FigureRow = {
  ...APP_PLATFORM,
  id: 'app-platform/billed-days',
  tier: 'any',
  unit: 'days of a month',
  value: '28',
};

/** Workers of two cores and 4 GiB, which one transcode of 1080p keeps busy. */
export const MACHINES: Readonly<Record<MachineName, Machine>> = {
  'fargate-x86': {
    label: 'AWS Fargate x86, 2 vCPU, 4 GiB',
    vcpus: 2,
    memoryGib: 4,
    price: {
      kind: 'by part',
      vcpuHour: [
        { ...VIRGINIA, id: 'fargate/x86/vcpu/us-east-1', tier: 'x86', unit: 'vCPU-hour', usd: '0.04048' },
        { ...MONTREAL, id: 'fargate/x86/vcpu/ca-central-1', tier: 'x86', unit: 'vCPU-hour', usd: '0.04456' },
      ],
      gibHour: [
        { ...VIRGINIA, id: 'fargate/x86/gib/us-east-1', tier: 'x86', unit: 'GiB-hour', usd: '0.004445' },
        { ...MONTREAL, id: 'fargate/x86/gib/ca-central-1', tier: 'x86', unit: 'GiB-hour', usd: '0.004865' },
      ],
    },
  },
  'fargate-arm': {
    label: 'AWS Fargate ARM, 2 vCPU, 4 GiB',
    vcpus: 2,
    memoryGib: 4,
    price: {
      kind: 'by part',
      vcpuHour: [
        { ...GRAVITON, id: 'fargate/arm/vcpu/us-east-1', tier: 'ARM', unit: 'vCPU-hour', usd: '0.03238' },
      ],
      gibHour: [
        { ...GRAVITON, id: 'fargate/arm/gib/us-east-1', tier: 'ARM', unit: 'GiB-hour', usd: '0.00356' },
      ],
    },
  },
  'app-platform-dedicated': {
    label: 'App Platform apps-d-2vcpu-4gb',
    vcpus: 2,
    memoryGib: 4,
    price: {
      kind: 'by month',
      month: {
        ...APP_PLATFORM,
        id: 'app-platform/apps-d-2vcpu-4gb',
        tier: 'dedicated CPU',
        unit: 'month',
        usd: '78',
      },
      billedDays: BILLED_DAYS,
    },
  },
  'app-platform-shared': {
    label: 'App Platform apps-s-2vcpu-4gb',
    vcpus: 2,
    memoryGib: 4,
    price: {
      kind: 'by month',
      month: {
        ...APP_PLATFORM,
        id: 'app-platform/apps-s-2vcpu-4gb',
        tier: 'shared CPU',
        unit: 'month',
        usd: '50',
      },
      billedDays: BILLED_DAYS,
    },
  },
};
