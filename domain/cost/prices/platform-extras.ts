import type { PriceRow } from '../price-row.ts';

/** What parts of a stack cost that are off by default. */
export type ExtraPart =
  | 'canaryRun'
  | 'tracesMillion'
  | 'auditEvents'
  | 'threatEventsMillion'
  | 'threatGib'
  | 'check'
  | 'imageScan'
  | 'betweenRegionsGib';

const AWS = { region: 'us-east-1', sureness: 'second-hand' } as const;
const QUOTED = { ...AWS, date: '2026-11-21' } as const;
const THREATS = {
  ...AWS,
  provider: 'guardduty',
  date: '2026-06-13',
  source: 'https://www.factualminds.com/blog/amazon-guardduty-pricing-data-sources-multi-account/',
} as const;

export const EXTRA_PRICES: Readonly<Record<ExtraPart, PriceRow>> = {
  canaryRun: {
    ...QUOTED,
    id: 'synthetics/run',
    provider: 'synthetics',
    tier: 'CloudWatch Synthetics',
    unit: 'run',
    usd: '0.0012',
    source: 'https://aws.amazon.com/cloudwatch/pricing/, as public repositories quote it',
  },
  tracesMillion: {
    ...QUOTED,
    id: 'xray/traces',
    provider: 'xray',
    tier: 'recorded',
    unit: '1,000,000 traces',
    usd: '5',
    source: 'https://aws.amazon.com/xray/pricing/, as public repositories quote it',
  },
  auditEvents: {
    ...QUOTED,
    id: 'cloudtrail/data-events',
    provider: 'cloudtrail',
    tier: 'data events of S3',
    unit: '100,000 events',
    usd: '0.10',
    source: 'https://aws.amazon.com/cloudtrail/pricing/, an undated copy',
  },
  threatEventsMillion: {
    ...THREATS,
    id: 'guardduty/management-events',
    tier: 'management events, first step',
    unit: '1,000,000 events',
    usd: '4',
  },
  threatGib: {
    ...THREATS,
    id: 'guardduty/flow-gib',
    tier: 'flow and DNS logs, first step',
    unit: 'GiB',
    usd: '1',
  },
  check: {
    ...QUOTED,
    id: 'securityhub/check',
    provider: 'securityhub',
    tier: 'first 100,000',
    unit: 'check',
    usd: '0.0010',
    source: 'https://aws.amazon.com/security-hub/pricing/, as public repositories quote it',
  },
  imageScan: {
    ...QUOTED,
    id: 'inspector/image',
    provider: 'inspector',
    tier: 'first scan',
    unit: 'image',
    usd: '0.09',
    source: 'https://aws.amazon.com/inspector/pricing/, as public repositories quote it',
  },
  betweenRegionsGib: {
    ...QUOTED,
    id: 'transfer/regions-gib',
    provider: 'ec2',
    tier: 'to another region',
    unit: 'GiB',
    usd: '0.02',
    source: 'https://repost.aws/articles/ARjzluyMS8RbeOOK4MGXRG6Q/',
  },
};
