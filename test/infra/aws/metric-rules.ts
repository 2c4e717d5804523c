import { at, each, type Inputs, list, parsed, type Rule } from '../rules.ts';

/** Metrics of a namespace with the dimensions that they are asked by; what is asked by others answers nothing, ever. */
interface Namespace {
  readonly dimensions: readonly string[];
  readonly metrics: readonly string[];
  /** Where the whole world's are told; null where each region tells its own. */
  readonly region: string | null;
}

/**
 * What AWS measures, as far as it is watched.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/aws-services-cloudwatch-metrics.html
 */
const OF_AWS: Readonly<Record<string, Namespace>> = {
  'AWS/ApplicationELB': {
    dimensions: ['LoadBalancer', 'TargetGroup'],
    metrics: [
      'HTTPCode_ELB_5XX_Count',
      'HTTPCode_Target_4XX_Count',
      'HTTPCode_Target_5XX_Count',
      'RequestCount',
      'TargetResponseTime',
      'UnHealthyHostCount',
    ],
    region: null,
  },
  'AWS/CloudFront': {
    dimensions: ['DistributionId', 'Region'],
    metrics: ['4xxErrorRate', '5xxErrorRate', 'Requests', 'BytesDownloaded', 'CacheHitRate'],
    region: 'us-east-1',
  },
  'AWS/ECS': {
    dimensions: ['ClusterName', 'ServiceName'],
    metrics: ['CPUUtilization', 'MemoryUtilization'],
    region: null,
  },
  'AWS/RDS': {
    dimensions: ['DBInstanceIdentifier'],
    metrics: ['CPUUtilization', 'DatabaseConnections', 'FreeStorageSpace', 'FreeableMemory', 'ReplicaLag'],
    region: null,
  },
  'AWS/SQS': {
    dimensions: ['QueueName'],
    metrics: ['ApproximateNumberOfMessagesVisible', 'ApproximateAgeOfOldestMessage'],
    region: null,
  },
  'AWS/WAFV2': {
    dimensions: ['WebACL', 'Rule', 'Region'],
    metrics: ['AllowedRequests', 'BlockedRequests', 'CountedRequests'],
    region: null,
  },
  CloudWatchSynthetics: {
    dimensions: ['CanaryName', 'StepName'],
    metrics: ['SuccessPercent', 'Duration', 'Failed', '2xx', '4xx', '5xx'],
    region: null,
  },
  'AWS/Route53': {
    dimensions: ['HealthCheckId'],
    metrics: ['HealthCheckStatus', 'HealthCheckPercentageHealthy'],
    region: 'us-east-1',
  },
  'AWS/S3': {
    dimensions: ['SourceBucket', 'DestinationBucket', 'RuleId'],
    metrics: ['OperationsFailedReplication', 'ReplicationLatency', 'OperationsPendingReplication'],
    region: null,
  },
};

const metricsOf = (inputs: Inputs): Inputs[] =>
  [inputs, ...list(inputs, 'metricQueries').map((query) => at(query, 'metric'))].filter(
    ({ namespace }) => namespace !== undefined,
  );

const measured = each('MetricAlarm', (inputs) =>
  metricsOf(inputs)
    .filter(({ namespace }) => !String(namespace).startsWith('Sluice/'))
    .flatMap((metric) => {
      const { dimensions, metrics, region } = OF_AWS[String(metric.namespace)] ?? {};
      if (dimensions === undefined) return [`nobody measures ${metric.namespace}`];
      const asked = Object.keys(at(metric, 'dimensions'));
      return [
        !metrics?.includes(String(metric.metricName)) && `${metric.namespace} has no ${metric.metricName}`,
        asked.length === 0 && `${metric.metricName} is asked of everything`,
        ...asked.map((dimension) => !dimensions.includes(dimension) && `is asked by ${dimension}`),
        region !== null && inputs.region !== region && `looks where ${metric.namespace} has no metrics`,
      ];
    }),
);

/** Rows of a dashboard are lists: namespace, metric, then names and values of dimensions; expressions are objects. */
const shown = each('Dashboard', (inputs) =>
  list(parsed(inputs, 'dashboardBody'), 'widgets')
    .flatMap((widget) => at(widget, 'properties').metrics as unknown[][] | undefined)
    .filter((row) => typeof row?.[0] === 'string' && !row[0].startsWith('Sluice/'))
    .flatMap((row) => {
      const [namespace, metric, ...rest] = row ?? [];
      const { dimensions = [], metrics = [] } = OF_AWS[String(namespace)] ?? {};
      const asked = rest.filter((each, i) => i % 2 === 0 && typeof each === 'string');
      return [
        !metrics.includes(String(metric)) && `${namespace} has no ${metric}`,
        ...asked.map((dimension) => !dimensions.includes(String(dimension)) && `is asked by ${dimension}`),
      ];
    }),
);

/** An alarm of which nobody is told is none. */
const told = each('MetricAlarm', (inputs) => [
  (inputs.alarmActions as unknown[] | undefined)?.length !== 1 && 'tells nobody, or two',
]);

export const METRIC_RULES: Readonly<Record<string, Rule>> = {
  'alarms ask for what AWS measures': measured,
  'the dashboard shows what AWS measures': shown,
  'alarms tell somebody': told,
};
