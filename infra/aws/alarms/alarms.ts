import * as aws from '@pulumi/aws';
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  jsonStringify,
  type Output,
} from '@pulumi/pulumi';
import type { AlarmLine, AlarmSource, Measure } from './alarm-line.ts';
import { ALARMS, CANARY_ALARMS, connectionsAlarm, REGION_AWAY } from './alarm-list.ts';
import { metricNamespace } from './collector.ts';

/** Metrics of CloudFront and Route 53 stand there; an alarm's topic has to stand beside it. */
const CDN_REGION = 'us-east-1';

/** Dimensions of what each source measures. */
export interface AlarmSubjects {
  readonly balancer: Input<string>;
  readonly distributionId: Input<string>;
  /** What is in the home region alone, the service's own metrics too; null elsewhere. */
  readonly home: { readonly databaseId: Input<string>; readonly connectionsMax: number } | null;
  /** Of the check by which the domain leads to this region; null where it leads to no other. */
  readonly checkId: Input<string> | null;
  readonly firewall: { readonly name: Input<string>; readonly atCloudFront: boolean };
  readonly region: Input<string>;
  readonly deadLetterQueues: readonly Input<string>[];
  /** Name of the canary; null where there is none. */
  readonly canary: Input<string> | null;
}

export interface AlarmsArgs {
  readonly environment: string;
  readonly subjects: AlarmSubjects;
  /** Of the topic for what CloudFront and Route 53 measure, where it is made already; null to make it. */
  readonly cdnTopicArn: Output<string> | null;
  readonly email: string;
  /** Where the runbooks are; an alarm's description links its own. */
  readonly runbooksUrl: string;
  readonly accountId: Output<string>;
  readonly tags: Readonly<Record<string, string>>;
}

/** The alarms of alarm-list.ts, their mail, and a dashboard of what they look at. */
export class Alarms extends ComponentResource {
  readonly topicArn: Output<string>;
  readonly cdnTopicArn: Output<string>;

  constructor(name: string, args: AlarmsArgs, options?: ComponentResourceOptions) {
    super('sluice:aws:Alarms', name, {}, options);
    const child = { parent: this };
    this.topicArn = topic(name, null, args, child).arn;
    this.cdnTopicArn = args.cdnTopicArn ?? topic(`${name}-cdn`, CDN_REGION, args, child).arn;
    for (const line of linesOf(args.subjects)) {
      const isOfCdn = Object.values(line.measures).some(
        ({ source }) =>
          source === 'cdn' ||
          source === 'route' ||
          (source === 'firewall' && args.subjects.firewall.atCloudFront),
      );
      const action = isOfCdn ? this.cdnTopicArn : this.topicArn;
      for (const { suffix, queue } of subjectsOf(line, args.subjects))
        new aws.cloudwatch.MetricAlarm(
          `${name}-${line.name}${suffix}`,
          {
            ...(isOfCdn && { region: CDN_REGION }),
            alarmDescription: `${line.name}: ${args.runbooksUrl}#${line.runbook}`,
            comparisonOperator: line.comparison,
            evaluationPeriods: line.periods,
            treatMissingData: line.missing,
            ...(line.threshold === undefined
              ? { thresholdMetricId: 'expression' }
              : { threshold: line.threshold }),
            ...measured(line, (measure) => dimensionsOf(measure, args, queue)),
            alarmActions: [action],
            okActions: [action],
            tags: args.tags,
          },
          child,
        );
    }
    this.registerOutputs({ topicArn: this.topicArn });
  }
}

/** Those whose every measure is there to be looked at. */
function linesOf({ home, canary, checkId }: AlarmSubjects): AlarmLine[] {
  const missing: readonly AlarmSource[] = [
    ...(home === null ? (['sluice', 'database'] as const) : []),
    ...(canary === null ? (['canary'] as const) : []),
    ...(checkId === null ? (['route'] as const) : []),
  ];
  const all = [
    ...ALARMS,
    ...(home === null ? [] : [connectionsAlarm(home.connectionsMax)]),
    ...CANARY_ALARMS,
    REGION_AWAY,
  ];
  return all.filter(({ measures }) =>
    Object.values(measures).every(({ source }) => !missing.includes(source)),
  );
}

/** Each queue of undelivered events has an alarm of its own. */
function subjectsOf(
  line: AlarmLine,
  { deadLetterQueues }: AlarmSubjects,
): { suffix: string; queue: Input<string> | null }[] {
  if (!Object.values(line.measures).some(({ source }) => source === 'letters'))
    return [{ suffix: '', queue: null }];
  return deadLetterQueues.map((queue, i) => ({ suffix: `-${i}`, queue }));
}

type Placed = { namespace: string; dimensions: Record<string, Input<string>> };

/** One measure stands in the alarm itself, several in an expression. */
function measured(
  { measures, expression, periodSeconds }: AlarmLine,
  place: (measure: Measure) => Placed,
): Partial<aws.cloudwatch.MetricAlarmArgs> {
  const [only] = Object.values(measures);
  if (expression === undefined && only)
    return { ...place(only), metricName: only.metric, statistic: only.statistic, period: periodSeconds };
  const isBand = expression?.startsWith('ANOMALY_DETECTION_BAND') ?? false;
  return {
    metricQueries: [
      ...Object.entries(measures).map(([id, measure]) => ({
        id,
        returnData: isBand,
        metric: {
          ...place(measure),
          metricName: measure.metric,
          stat: measure.statistic,
          period: periodSeconds,
        },
      })),
      { id: 'expression', expression: expression ?? '', label: 'expression', returnData: true },
    ],
  };
}

const NAMESPACES: Readonly<Record<Exclude<AlarmSource, 'sluice'>, string>> = {
  balancer: 'AWS/ApplicationELB',
  cdn: 'AWS/CloudFront',
  database: 'AWS/RDS',
  letters: 'AWS/SQS',
  firewall: 'AWS/WAFV2',
  canary: 'CloudWatchSynthetics',
  route: 'AWS/Route53',
};

function dimensionsOf(
  { source, dimensions = {} }: Measure,
  { environment, subjects }: AlarmsArgs,
  queue: Input<string> | null,
): Placed {
  if (source === 'sluice')
    return { namespace: metricNamespace(environment), dimensions: { environment, ...dimensions } };
  const own = {
    balancer: { LoadBalancer: subjects.balancer },
    cdn: { DistributionId: subjects.distributionId, Region: 'Global' },
    database: { DBInstanceIdentifier: subjects.home?.databaseId ?? '' },
    letters: { QueueName: queue ?? '' },
    canary: { CanaryName: subjects.canary ?? '' },
    route: { HealthCheckId: subjects.checkId ?? '' },
    firewall: {
      WebACL: subjects.firewall.name,
      ...(!subjects.firewall.atCloudFront && { Region: subjects.region }),
    },
  }[source];
  return { namespace: NAMESPACES[source], dimensions: { ...own, ...dimensions } };
}

/** One mail address hears of everything; it has to confirm once a topic. */
function topic(
  name: string,
  region: string | null,
  { email, accountId, tags }: AlarmsArgs,
  child: { parent: ComponentResource },
): aws.sns.Topic {
  const where = region === null ? {} : { region };
  const made = new aws.sns.Topic(name, { ...where, tags }, child);
  new aws.sns.TopicPolicy(
    name,
    {
      ...where,
      arn: made.arn,
      policy: jsonStringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: ['cloudwatch.amazonaws.com', 'budgets.amazonaws.com'] },
            Action: 'sns:Publish',
            Resource: made.arn,
            Condition: { StringEquals: { 'aws:SourceAccount': accountId } },
          },
        ],
      }),
    },
    child,
  );
  new aws.sns.TopicSubscription(
    name,
    { ...where, topic: made.arn, protocol: 'email', endpoint: email },
    child,
  );
  return made;
}
