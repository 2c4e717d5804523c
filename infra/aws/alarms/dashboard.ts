import * as aws from '@pulumi/aws';
import { type CustomResourceOptions, type Input, jsonStringify, type Output } from '@pulumi/pulumi';
import type { Place } from '../access/role.ts';
import { CANARY_STEPS } from '../canary/code.ts';
import type { Compute } from '../compute/compute.ts';
import type { DataFacts } from '../data.ts';
import type { Entrance } from '../entrance/entrance.ts';
import { metricNamespace } from './collector.ts';

type Line = readonly Input<string>[];

interface Panel {
  readonly title: string;
  readonly stat: string;
  /** Namespace, metric, then names and values of dimensions. */
  readonly lines: readonly Line[];
  readonly region?: string;
}

/** What is looked at of a region beside the home's. */
export interface RegionShown {
  readonly region: string;
  /** As CloudWatch names it. */
  readonly balancer: Input<string>;
  readonly distributionId: Input<string>;
}

const PANELS_A_ROW = 3;
const PANEL = { width: 8, height: 6 } as const;

/** What somebody looks at when an alarm rings, from the viewers inwards. */
export function makeDashboard(
  name: string,
  args: {
    readonly environment: string;
    readonly place: Place;
    readonly compute: Compute;
    readonly entrance: Entrance;
    readonly data: Output<DataFacts>;
    /** Name of the canary; null where there is none. */
    readonly canary: Input<string> | null;
    /** The second region's; null where there is none. */
    readonly there: RegionShown | null;
  },
  options: CustomResourceOptions,
): aws.cloudwatch.Dashboard {
  const { place } = args;
  return new aws.cloudwatch.Dashboard(
    name,
    {
      dashboardName: name,
      dashboardBody: jsonStringify({
        widgets: panelsOf(args).map(({ title, stat, lines, region = place.region }, i) => ({
          type: 'metric',
          x: (i % PANELS_A_ROW) * PANEL.width,
          y: Math.floor(i / PANELS_A_ROW) * PANEL.height,
          ...PANEL,
          properties: { title, stat, period: 300, region, view: 'timeSeries', metrics: lines },
        })),
      }),
    },
    options,
  );
}

function panelsOf({
  environment,
  compute,
  entrance,
  data,
  canary,
  there,
}: Omit<Parameters<typeof makeDashboard>[1], 'place'>): Panel[] {
  const own = (metric: string, ...dimensions: string[]): Line => [
    metricNamespace(environment),
    metric,
    'environment',
    environment,
    ...dimensions,
  ];
  const balancer = (metric: string): Line => [
    'AWS/ApplicationELB',
    metric,
    'LoadBalancer',
    entrance.balancer.arnSuffix,
  ];
  const cdn = (metric: string): Line => [
    'AWS/CloudFront',
    metric,
    'DistributionId',
    data.distributionId,
    'Region',
    'Global',
  ];
  const database = (metric: string): Line => ['AWS/RDS', metric, 'DBInstanceIdentifier', data.databaseId];
  const service = (serviceName: Input<string>): Line => [
    'AWS/ECS',
    'CPUUtilization',
    'ClusterName',
    compute.clusterName,
    'ServiceName',
    serviceName,
  ];
  const states = (metric: string, values: readonly string[]) =>
    values.map((value) => own(metric, 'state', value));
  return [
    {
      title: 'CDN: errors in percent',
      stat: 'Average',
      lines: [cdn('4xxErrorRate'), cdn('5xxErrorRate')],
      region: 'us-east-1',
    },
    { title: 'CDN: requests', stat: 'Sum', lines: [cdn('Requests')], region: 'us-east-1' },
    {
      title: 'API: answers',
      stat: 'Sum',
      lines: ['RequestCount', 'HTTPCode_Target_4XX_Count', 'HTTPCode_Target_5XX_Count'].map(balancer),
    },
    { title: 'API: seconds', stat: 'p95', lines: [balancer('TargetResponseTime')] },
    {
      title: 'Uploads',
      stat: 'Sum',
      lines: ['signed', 'completed', 'failed'].map((what) => own(`sluice_uploads_${what}_total`)),
    },
    {
      title: 'Attempts open',
      stat: 'Maximum',
      lines: states('sluice_transcode_jobs', ['QUEUED', 'RUNNING']),
    },
    { title: 'Jobs', stat: 'Maximum', lines: states('sluice_queue_jobs', ['ready', 'running', 'failed']) },
    {
      title: 'Seconds by stage',
      stat: 'Average',
      lines: ['upload', 'probe', 'queue', 'transcode'].map((stage) =>
        own('sluice_stage_seconds', 'stage', stage),
      ),
    },
    { title: 'Dead letters', stat: 'Maximum', lines: [own('sluice_dead_letters')] },
    {
      title: 'Processors',
      stat: 'Average',
      lines: [compute.apiServiceName, compute.workerServiceName].map(service),
    },
    { title: 'Database: processor', stat: 'Average', lines: [database('CPUUtilization')] },
    { title: 'Database: connections', stat: 'Maximum', lines: [database('DatabaseConnections')] },
    ...(canary === null ? [] : canaryPanels(canary)),
    ...(there === null ? [] : regionPanels(there)),
  ];
}

/** Whether callers and viewers who are led to the other region are served there. */
function regionPanels({ region, balancer, distributionId }: RegionShown): Panel[] {
  const measured = (metric: string): Line => ['AWS/ApplicationELB', metric, 'LoadBalancer', balancer];
  const cdn = (metric: string): Line => [
    'AWS/CloudFront',
    metric,
    'DistributionId',
    distributionId,
    'Region',
    'Global',
  ];
  return [
    {
      title: `API in ${region}: answers`,
      stat: 'Sum',
      lines: ['RequestCount', 'HTTPCode_Target_4XX_Count', 'HTTPCode_Target_5XX_Count'].map(measured),
      region,
    },
    { title: `API in ${region}: seconds`, stat: 'p95', lines: [measured('TargetResponseTime')], region },
    {
      title: `CDN of ${region}: errors in percent`,
      stat: 'Average',
      lines: [cdn('4xxErrorRate'), cdn('5xxErrorRate')],
      region: 'us-east-1',
    },
  ];
}

/** Whether an upload works, and which step of it is slow. */
function canaryPanels(canary: Input<string>): Panel[] {
  const measured = (metric: string, ...dimensions: string[]): Line => [
    'CloudWatchSynthetics',
    metric,
    'CanaryName',
    canary,
    ...dimensions,
  ];
  return [
    { title: 'Canary: success in percent', stat: 'Average', lines: [measured('SuccessPercent')] },
    {
      title: 'Canary: milliseconds by step',
      stat: 'Average',
      lines: CANARY_STEPS.map((step) => measured('Duration', 'StepName', step)),
    },
  ];
}
