import type { FigureRow } from '#domain/cost/price-row.ts';

const OURS = {
  provider: 'sluice',
  tier: 'any',
  region: 'any',
  date: '2026-11-21',
  source: 'docs/deployment-cost.md',
  sureness: 'assumed',
} as const;
const row = (id: string, unit: string, value: string): FigureRow => ({
  ...OURS,
  id: `load/${id}`,
  unit,
  value,
});

/** What nobody can look up: how many do what, and what of it the stacks' defaults run. Yours will differ. */
export const LOAD = {
  daysOfMonth: row('days', 'days of a month', '30.4'),
  hoursOfMonth: row('hours', 'hours of a month', '730'),
  uploadsPerUser: row('uploads', 'uploads of a daily user, a day', '0.05'),
  uploadMinutes: row('upload-minutes', 'minutes of an upload, 1080p30 with sound', '2'),
  sourceMegabytesPerMinute: row('source-megabytes', 'MB a minute of a source', '100'),
  watchMinutes: row('watch-minutes', 'minutes that a daily user watches, a day', '10'),
  apiCalls: row('api-calls', 'calls to the API of a daily user, a day', '30'),
  logKibPerCall: row('log-kib', 'KiB of log for a call', '1'),
  monthsKept: row('months-kept', 'months of uploads in storage', '12'),
  usersPerApi: row('users-per-api', 'daily users of one API instance, at least two instances', '20000'),
  peak: row('peak', 'encoding machines for the busiest hour, beside the average hour', '3'),
  natGib: row(
    'nat-gib',
    'GiB a month through the NAT gateway: calls to providers and images of containers',
    '50',
  ),
  databaseGib: row('database-gib', 'GiB of the database', '20'),
  firewallRules: row('firewall-rules', 'rules of both web ACLs: lists of AWS and a rate', '5'),
  alarms: row('alarms', 'metrics in alarms, each of which is billed as one alarm', '45'),
  metrics: row('metrics', 'metrics of the service in CloudWatch', '40'),
  canaryMinutes: row('canary-minutes', 'minutes from one run of the canary to the next', '5'),
  flowLogGib: row('flow-log-gib', 'GiB of flow logs a month', '10'),
  managementEvents: row('management-events', 'management events of the account a month', '1000000'),
  securityChecks: row('security-checks', 'checks of Security Hub a month', '15000'),
  imagesPushed: row('images', 'images of containers a month', '30'),
  secondRegionShare: row(
    'second-region-share',
    'share of the uploads that is made in the second region',
    '0.5',
  ),
} as const satisfies Record<string, FigureRow>;
