import { type Input, interpolate, type Output } from '@pulumi/pulumi';
import type { DataFacts } from './data.ts';
import type { Grant } from './policies.ts';
import { arnOf, type Place } from './role.ts';

/** Where the source bucket has keys; `SOURCE_AREAS` of the service. */
export const SOURCE_PREFIXES = ['uploads/', 'staging/', 'archives/'] as const;
const MEDIA_PREFIX = 'videos/';

type Buckets = Pick<DataFacts, 'sourceBucketArn' | 'mediaBucketArn'>;

/** What API and workers both ask of a bucket as a whole. Without the right to list, a missing key reads as refused. */
function bucketGrants(data: Output<Buckets>): Grant[] {
  return [
    {
      actions: ['s3:ListBucket', 's3:ListBucketMultipartUploads', 's3:GetBucketCORS'],
      resources: [data.sourceBucketArn, data.mediaBucketArn],
    },
  ];
}

function sourceObjects(data: Output<Buckets>): Output<string>[] {
  return SOURCE_PREFIXES.map((prefix) => interpolate`${data.sourceBucketArn}/${prefix}*`);
}

function mediaObjects(data: Output<Buckets>): Output<string> {
  return interpolate`${data.mediaBucketArn}/${MEDIA_PREFIX}*`;
}

/** The API signs and takes uploads, completes and aborts them, and reads what is played. */
export function apiGrants(data: Output<Buckets>): Grant[] {
  return [
    ...bucketGrants(data),
    {
      actions: [
        's3:GetObject',
        's3:PutObject',
        's3:DeleteObject',
        's3:AbortMultipartUpload',
        's3:ListMultipartUploadParts',
      ],
      resources: sourceObjects(data),
    },
    // Also the health check, which asks for a key that is not there.
    {
      actions: ['s3:GetObject'],
      resources: [mediaObjects(data), interpolate`${data.mediaBucketArn}/health`],
    },
    { actions: ['s3:PutObject', 's3:DeleteObject'], resources: [mediaObjects(data)] },
  ];
}

/** A worker reads, moves and purges sources, writes and purges outputs, and empties the CDN's caches. */
export function workerGrants(data: Output<Buckets & Pick<DataFacts, 'distributionArn'>>): Grant[] {
  return [
    ...bucketGrants(data),
    {
      actions: [
        's3:GetObject',
        's3:PutObject',
        's3:DeleteObject',
        's3:RestoreObject',
        's3:AbortMultipartUpload',
        's3:ListMultipartUploadParts',
      ],
      resources: sourceObjects(data),
    },
    {
      actions: [
        's3:GetObject',
        's3:PutObject',
        's3:DeleteObject',
        's3:AbortMultipartUpload',
        's3:ListMultipartUploadParts',
      ],
      resources: [mediaObjects(data)],
    },
    { actions: ['s3:GetObject'], resources: [interpolate`${data.mediaBucketArn}/health`] },
    { actions: ['cloudfront:CreateInvalidation'], resources: [data.distributionArn] },
  ];
}

/** Jobs have ids that nobody knows beforehand; the queue is ours alone. */
export function mediaConvertCallerGrants(
  place: Place,
  { roleArn, queueArn }: { roleArn: Input<string>; queueArn: Input<string> },
): Grant[] {
  return [
    { actions: ['mediaconvert:CreateJob', 'mediaconvert:ListJobs'], resources: [queueArn] },
    {
      actions: ['mediaconvert:GetJob', 'mediaconvert:CancelJob'],
      resources: [arnOf(place, 'mediaconvert', 'jobs/*')],
    },
    {
      actions: ['iam:PassRole'],
      resources: [roleArn],
      condition: { StringEquals: { 'iam:PassedToService': 'mediaconvert.amazonaws.com' } },
    },
  ];
}

/** MediaConvert itself reads verified sources and writes outputs. */
export function mediaConvertGrants(data: Output<Buckets>): Grant[] {
  return [
    { actions: ['s3:GetObject'], resources: [interpolate`${data.sourceBucketArn}/uploads/*`] },
    { actions: ['s3:PutObject'], resources: [mediaObjects(data)] },
  ];
}

/** The collector beside a task writes measurements, and traces where they are on. */
export function collectorGrants(logGroupArn: Input<string>, traces: boolean): Grant[] {
  return [
    {
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
      resources: [logGroupArn, interpolate`${logGroupArn}:*`],
    },
    ...(traces ? [{ actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], resources: ['*'] }] : []),
  ];
}

/** A task that is encoding may ask not to be chosen when the fleet shrinks. */
export function protectionGrants(place: Place, clusterName: Input<string>): Grant[] {
  return [
    {
      actions: ['ecs:UpdateTaskProtection', 'ecs:GetTaskProtection'],
      resources: [arnOf(place, 'ecs', interpolate`task/${clusterName}/*`)],
    },
  ];
}

/** What starts a task: its image, its secrets, its logs. */
export function executionGrants({
  repositoryArn,
  secretArn,
  logGroupArns,
}: {
  repositoryArn: Input<string>;
  secretArn: Input<string>;
  logGroupArns: readonly Input<string>[];
}): Grant[] {
  return [
    { actions: ['ecr:GetAuthorizationToken'], resources: ['*'] },
    {
      actions: ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'],
      resources: [repositoryArn],
    },
    { actions: ['secretsmanager:GetSecretValue'], resources: [secretArn] },
    {
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: logGroupArns.map((arn) => interpolate`${arn}:*`),
    },
  ];
}
