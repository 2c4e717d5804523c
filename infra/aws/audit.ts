import * as aws from '@pulumi/aws';
import { ComponentResource, type ComponentResourceOptions, interpolate, type Output } from '@pulumi/pulumi';
import type { Extras } from '../settings.ts';
import { arnOf, type Place, serviceRole } from './access/role.ts';
import { PrivateBucket } from './storage/bucket.ts';
import { bucketPolicy, tlsOnly } from './storage/bucket-policy.ts';

const LOGS_KEPT_DAYS = 30;
const TRAIL_KEPT_DAYS = 365;

export interface SiteAuditArgs {
  readonly extras: Extras;
  readonly vpcId: Output<string>;
  readonly place: Place;
  readonly tags: Readonly<Record<string, string>>;
}

/** What watches a whole site or account, each by its own switch. One stack of an account may have the account's own. */
export class SiteAudit extends ComponentResource {
  constructor(name: string, args: SiteAuditArgs, options?: ComponentResourceOptions) {
    super('sluice:aws:SiteAudit', name, {}, options);
    const child = { parent: this };
    const { extras, tags } = args;
    if (extras.flowLogs) flowLogs(name, args, child);
    if (extras.guardDuty) new aws.guardduty.Detector(name, { enable: true, tags }, child);
    if (extras.securityHub) new aws.securityhub.Account(name, { enableDefaultStandards: true }, child);
    if (extras.inspector)
      new aws.inspector2.Enabler(name, { accountIds: [args.place.accountId], resourceTypes: ['ECR'] }, child);
    this.registerOutputs({});
  }
}

/** Who talked to whom in the network. */
function flowLogs(
  name: string,
  { vpcId, place, tags }: SiteAuditArgs,
  child: { parent: ComponentResource },
): void {
  const logs = new aws.cloudwatch.LogGroup(`${name}-flows`, { retentionInDays: LOGS_KEPT_DAYS, tags }, child);
  const role = serviceRole(
    `${name}-flows`,
    {
      service: 'vpc-flow-logs.amazonaws.com',
      place,
      grants: [
        {
          actions: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
          resources: [logs.arn, interpolate`${logs.arn}:*`],
        },
      ],
      tags,
    },
    child,
  );
  new aws.ec2.FlowLog(
    name,
    {
      vpcId,
      trafficType: 'ALL',
      logDestinationType: 'cloud-watch-logs',
      logDestination: logs.arn,
      iamRoleArn: role.arn,
      tags,
    },
    child,
  );
}

/** Who touched which object of an environment's buckets, for a year. */
export class StorageAudit extends ComponentResource {
  constructor(
    name: string,
    args: {
      readonly bucketArns: readonly Output<string>[];
      readonly place: Place;
      readonly isDisposable: boolean;
      readonly tags: Readonly<Record<string, string>>;
    },
    options?: ComponentResourceOptions,
  ) {
    super('sluice:aws:StorageAudit', name, {}, options);
    const child = { parent: this };
    const { place, tags } = args;
    const trail = `${name}-trail`;
    const logs = new PrivateBucket(
      `${name}-logs`,
      {
        isVersioned: false,
        cors: null,
        lifecycleRules: [
          { id: 'drop-old-logs', status: 'Enabled', filter: {}, expiration: { days: TRAIL_KEPT_DAYS } },
        ],
        isDisposable: args.isDisposable,
        tags,
      },
      child,
    );
    const ours = { StringEquals: { 'aws:SourceArn': arnOf(place, 'cloudtrail', `trail/${trail}`) } };
    const service = { Service: 'cloudtrail.amazonaws.com' };
    const policy = bucketPolicy(
      `${name}-logs`,
      logs.bucket,
      [
        tlsOnly(logs.arn),
        {
          Effect: 'Allow',
          Principal: service,
          Action: 's3:GetBucketAcl',
          Resource: logs.arn,
          Condition: ours,
        },
        {
          Effect: 'Allow',
          Principal: service,
          Action: 's3:PutObject',
          Resource: interpolate`${logs.arn}/AWSLogs/${place.accountId}/*`,
          Condition: ours,
        },
      ],
      logs.own,
    );
    new aws.cloudtrail.Trail(
      name,
      {
        name: trail,
        s3BucketName: logs.bucket,
        enableLogFileValidation: true,
        includeGlobalServiceEvents: false,
        advancedEventSelectors: [
          {
            name: 'Writes and deletions of objects',
            fieldSelectors: [
              { field: 'eventCategory', equals: ['Data'] },
              { field: 'resources.type', equals: ['AWS::S3::Object'] },
              { field: 'readOnly', equals: ['false'] },
              {
                field: 'resources.ARN',
                startsWiths: args.bucketArns.map((arn) => interpolate`${arn}/`),
              },
            ],
          },
        ],
        tags,
      },
      { ...child, dependsOn: policy },
    );
    this.registerOutputs({});
  }
}
