import type { PriceRow } from '../price-row.ts';

/** What runs whether a video is uploaded or not: machines, network, database, alarms. */
export interface PlatformPrices {
  readonly aws: Readonly<Record<AwsPart, PriceRow>>;
  readonly digitalocean: Readonly<Record<DigitalOceanPart, PriceRow>>;
}

type AwsPart =
  | 'balancerHour'
  | 'balancerUnitHour'
  | 'natHour'
  | 'natGib'
  | 'addressHour'
  | 'databaseHour'
  | 'databaseGibMonth'
  | 'firewall'
  | 'firewallRule'
  | 'firewallMillionRequests'
  | 'logGib'
  | 'metric'
  | 'alarm';
type DigitalOceanPart = 'api' | 'workerCalls' | 'workerEncodes' | 'databaseNode';

const AWS = { region: 'us-east-1', sureness: 'second-hand' } as const;
const BALANCER = {
  ...AWS,
  provider: 'elb',
  tier: 'Application Load Balancer',
  date: '2026-05-01',
  source: 'https://awsnegotiations.com/elastic-load-balancer-cost.html',
} as const;
const NAT = {
  ...AWS,
  provider: 'vpc',
  tier: 'NAT gateway',
  date: '2026-02-24',
  source: 'https://cloudburn.io/blog/aws-nat-gateway-pricing',
} as const;
const FIREWALL = {
  ...AWS,
  provider: 'waf',
  region: 'any',
  tier: 'WAF v2',
  date: '2026-01-01',
  source: 'https://awsnegotiations.com/waf-pricing-strategy.html',
} as const;
const DATABASE = {
  ...AWS,
  provider: 'rds',
  tier: 'PostgreSQL, Multi-AZ',
  date: '2026-01-01',
  source: 'https://infratally.com/articles/aws-rds-pricing-explained-2026.html',
} as const;
const APP_PLATFORM = {
  provider: 'app-platform',
  region: 'any',
  unit: 'instance-month',
  date: '2026-07-13',
  source:
    'https://docs.digitalocean.com/products/app-platform/details/pricing/, as public repositories quote it',
  sureness: 'second-hand',
} as const;

export const PLATFORM_PRICES: PlatformPrices = {
  aws: {
    balancerHour: { ...BALANCER, id: 'elb/alb-hour', unit: 'hour', usd: '0.0225' },
    balancerUnitHour: { ...BALANCER, id: 'elb/lcu-hour', unit: 'LCU-hour', usd: '0.008' },
    natHour: { ...NAT, id: 'vpc/nat-hour', unit: 'hour', usd: '0.045' },
    natGib: { ...NAT, id: 'vpc/nat-gib', unit: 'GiB', usd: '0.045' },
    addressHour: { ...NAT, id: 'vpc/ipv4-hour', tier: 'public IPv4', unit: 'address-hour', usd: '0.005' },
    databaseHour: { ...DATABASE, id: 'rds/db.t4g.medium-multi-az', unit: 'db.t4g.medium-hour', usd: '0.130' },
    // Twice the $0.115 of one copy, as both are billed.
    databaseGibMonth: {
      ...DATABASE,
      id: 'rds/gp3-multi-az',
      unit: 'GiB-month',
      usd: '0.23',
      date: '2026-06-01',
      source: 'https://www.usage.ai/blogs/aws/reserved-instances/rds/pricing-calculator/',
      sureness: 'derived',
    },
    firewall: { ...FIREWALL, id: 'waf/acl', unit: 'ACL-month', usd: '5' },
    firewallRule: { ...FIREWALL, id: 'waf/rule', unit: 'rule-month', usd: '1' },
    firewallMillionRequests: { ...FIREWALL, id: 'waf/requests', unit: '1,000,000 requests', usd: '0.60' },
    logGib: {
      ...AWS,
      provider: 'cloudwatch',
      id: 'cloudwatch/log-gib',
      tier: 'logs, ingestion',
      unit: 'GiB',
      usd: '0.50',
      date: '2026-06-13',
      source: 'https://www.factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards/',
    },
    metric: {
      ...AWS,
      provider: 'cloudwatch',
      id: 'cloudwatch/metric',
      tier: 'custom, first 10,000',
      unit: 'metric-month',
      usd: '0.30',
      date: '2026-02-15',
      source: 'https://signoz.io/guides/cloudwatch-pricing',
    },
    alarm: {
      ...AWS,
      provider: 'cloudwatch',
      id: 'cloudwatch/alarm',
      tier: 'standard resolution',
      unit: 'alarm-month',
      usd: '0.10',
      date: '2026-11-21',
      source: 'https://aws.amazon.com/cloudwatch/pricing/, as public repositories quote it',
    },
  },
  digitalocean: {
    api: { ...APP_PLATFORM, id: 'app-platform/apps-s-1vcpu-1gb', tier: 'apps-s-1vcpu-1gb', usd: '12' },
    workerCalls: {
      ...APP_PLATFORM,
      id: 'app-platform/apps-s-1vcpu-2gb',
      tier: 'apps-s-1vcpu-2gb',
      usd: '25',
    },
    workerEncodes: {
      ...APP_PLATFORM,
      id: 'app-platform/apps-s-2vcpu-4gb/instance',
      tier: 'apps-s-2vcpu-4gb',
      usd: '50',
    },
    databaseNode: {
      provider: 'managed-postgres',
      id: 'managed-postgres/db-s-2vcpu-4gb',
      tier: 'db-s-2vcpu-4gb',
      region: 'any',
      unit: 'node-month',
      usd: '60',
      date: '2026-01-01',
      source: 'https://www.digitalocean.com/pricing/managed-databases, as public repositories quote it',
      sureness: 'second-hand',
    },
  },
};
