import * as aws from '@pulumi/aws';
import type { ComponentResource, Input } from '@pulumi/pulumi';
import { metricNamespace } from '../alarms/collector.ts';

type Child = { readonly parent: ComponentResource };

const CPU_PERCENT = 60;
const REQUESTS_PER_TARGET_MINUTE = 3000;
const COOLDOWN_SECONDS = 120;

/** As many of the API as keep its processors, and the requests of each, below their marks. */
export function scaleByRequests(
  name: string,
  scaling: aws.appautoscaling.Target,
  resourceLabel: Input<string>,
  child: Child,
): void {
  const of = {
    policyType: 'TargetTrackingScaling',
    serviceNamespace: scaling.serviceNamespace,
    scalableDimension: scaling.scalableDimension,
    resourceId: scaling.resourceId,
  };
  const marks = [
    {
      kind: 'cpu',
      targetValue: CPU_PERCENT,
      metric: { predefinedMetricType: 'ECSServiceAverageCPUUtilization' },
    },
    {
      kind: 'requests',
      targetValue: REQUESTS_PER_TARGET_MINUTE,
      metric: { predefinedMetricType: 'ALBRequestCountPerTarget', resourceLabel },
    },
  ];
  for (const { kind, targetValue, metric } of marks)
    new aws.appautoscaling.Policy(
      `${name}-${kind}`,
      {
        ...of,
        targetTrackingScalingPolicyConfiguration: {
          targetValue,
          predefinedMetricSpecification: metric,
          scaleInCooldown: 300,
          scaleOutCooldown: 60,
        },
      },
      child,
    );
}

/** What waits for a worker, and how much of it one more worker is worth. */
export interface Backlog {
  readonly perWorker: number;
  /** `both`: the larger of the two, counted in workers. */
  readonly measure: keyof typeof MEASURES | 'both';
}

const MEASURES = {
  attempts: { metric: 'sluice_transcode_jobs', state: 'QUEUED' },
  ready: { metric: 'sluice_queue_jobs', state: 'ready' },
} as const;
const JOBS_PER_WORKER = 25;

/**
 * FFmpeg's workers are added as attempts wait: one takes one at a time. Where others transcode, a worker's jobs are short,
 * and attempts that run elsewhere need none. Where others transcode some videos and FFmpeg the rest, an attempt that waits
 * for FFmpeg is a job that is ready, and one that waits for another's answer is none.
 */
export function backlogOf(who: 'ffmpeg' | 'others' | 'both'): Backlog {
  if (who === 'both') return { measure: 'both', perWorker: 1 };
  return who === 'ffmpeg'
    ? { measure: 'attempts', perWorker: 1 }
    : { measure: 'ready', perWorker: JOBS_PER_WORKER };
}

/** The metric of an alarm that watches the backlog. */
function watched({ measure }: Backlog, environment: string): Partial<aws.cloudwatch.MetricAlarmArgs> {
  const of = ({ metric, state }: (typeof MEASURES)[keyof typeof MEASURES]) => ({
    namespace: metricNamespace(environment),
    metricName: metric,
    dimensions: { environment, state },
    period: 60,
  });
  if (measure !== 'both') return { ...of(MEASURES[measure]), statistic: 'Maximum' };
  const query = (id: keyof typeof MEASURES) => ({ id, metric: { ...of(MEASURES[id]), stat: 'Maximum' } });
  return {
    metricQueries: [
      query('attempts'),
      query('ready'),
      { id: 'encodes', expression: 'MIN([attempts, ready])' },
      { id: 'jobs', expression: `ready / ${JOBS_PER_WORKER}` },
      { id: 'expression', expression: 'MAX([encodes, jobs])', label: 'expression', returnData: true },
    ],
  };
}

/** By how many workers a backlog above the threshold of one worker's worth is answered: more of it, more at once. */
export function outSteps(
  perWorker: number,
  max: number,
): { from: number; to: number | null; workers: number }[] {
  const sizes = [1, 2, 4, 8].filter((workers) => workers === 1 || workers < max);
  return sizes.map((workers, i) => ({
    from: (workers - 1) * perWorker,
    to: i === sizes.length - 1 ? null : ((sizes[i + 1] ?? 0) - 1) * perWorker,
    workers,
  }));
}

/**
 * Workers come while work waits and go, one at a time, when none has waited for ten minutes; one that is encoding is
 * protected from that (worker/scale-in-protection.ts).
 */
export function scaleByBacklog(
  name: string,
  scaling: aws.appautoscaling.Target,
  {
    environment,
    backlog,
    max,
    tags,
  }: { environment: string; backlog: Backlog; max: number; tags: Readonly<Record<string, string>> },
  child: Child,
): void {
  const of = {
    policyType: 'StepScaling',
    serviceNamespace: scaling.serviceNamespace,
    scalableDimension: scaling.scalableDimension,
    resourceId: scaling.resourceId,
  };
  const out = new aws.appautoscaling.Policy(
    `${name}-more`,
    {
      ...of,
      stepScalingPolicyConfiguration: {
        adjustmentType: 'ChangeInCapacity',
        cooldown: COOLDOWN_SECONDS,
        metricAggregationType: 'Maximum',
        stepAdjustments: outSteps(backlog.perWorker, max).map(({ from, to, workers }) => ({
          metricIntervalLowerBound: String(from),
          ...(to !== null && { metricIntervalUpperBound: String(to) }),
          scalingAdjustment: workers,
        })),
      },
    },
    child,
  );
  const fewer = new aws.appautoscaling.Policy(
    `${name}-fewer`,
    {
      ...of,
      stepScalingPolicyConfiguration: {
        adjustmentType: 'ChangeInCapacity',
        cooldown: COOLDOWN_SECONDS,
        metricAggregationType: 'Maximum',
        stepAdjustments: [{ metricIntervalUpperBound: '0', scalingAdjustment: -1 }],
      },
    },
    child,
  );
  const metric = {
    ...watched(backlog, environment),
    treatMissingData: 'missing',
    tags,
  };
  new aws.cloudwatch.MetricAlarm(
    `${name}-more`,
    {
      ...metric,
      alarmDescription: 'Work waits: workers are added. No cause for worry by itself.',
      comparisonOperator: 'GreaterThanOrEqualToThreshold',
      threshold: backlog.perWorker,
      evaluationPeriods: 1,
      alarmActions: [out.arn],
    },
    child,
  );
  new aws.cloudwatch.MetricAlarm(
    `${name}-fewer`,
    {
      ...metric,
      alarmDescription: 'Nothing waits: workers are taken away. No cause for worry.',
      comparisonOperator: 'LessThanOrEqualToThreshold',
      threshold: 0,
      evaluationPeriods: 10,
      alarmActions: [fewer.arn],
    },
    child,
  );
}
