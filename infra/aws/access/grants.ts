import { type Input, interpolate, type Output } from '@pulumi/pulumi';
import type { DataFacts } from '../data.ts';
import type { Grant } from './policies.ts';
import { arnOf, type Place } from './role.ts';

/** Where the source bucket has keys; `SOURCE_AREAS` of the service. */
export const SOURCE_PREFIXES = ['uploads/', 'staging/', 'archives/'] as const;
const MEDIA_PREFIX = 'videos/';

type Buckets = Pick<DataFacts, 'sourceBucketArn' | 'mediaBucketArn'>;
type Cdn = Pick<DataFacts, 'distributionArn'>;

/** Without the right to list, a missing key reads as refused. */
function listing(data: Output<Buckets>): Grant {
  return { actions: ['s3:ListBucket'], resources: [data.sourceBucketArn, data.mediaBucketArn] };
}

/** Services look at their start whether browsers may upload; the stack has set that, so none of them may. */
function corsOfSources(data: Output<Buckets>): Grant {
  return { actions: ['s3:GetBucketCORS'], resources: [data.sourceBucketArn] };
}

function sourceObjects(data: Output<Buckets>): Output<string>[] {
  return SOURCE_PREFIXES.map((prefix) => interpolate`${data.sourceBucketArn}/${prefix}*`);
}

function mediaObjects(data: Output<Buckets>): Output<string> {
  return interpolate`${data.mediaBucketArn}/${MEDIA_PREFIX}*`;
}

/**
 * The API takes uploads, completes and aborts them, asks for archived sources, reads what is played, and empties the CDN's
 * caches for operators. Of tus it drops the bytes that became a part; everything else is deleted by workers.
 */
export function apiGrants(data: Output<Buckets & Cdn>): Grant[] {
  return [
    listing(data),
    corsOfSources(data),
    {
      actions: [
        's3:GetObject',
        's3:PutObject',
        's3:RestoreObject',
        's3:AbortMultipartUpload',
        's3:ListMultipartUploadParts',
      ],
      resources: sourceObjects(data),
    },
    { actions: ['s3:DeleteObject'], resources: [interpolate`${data.sourceBucketArn}/uploads/*`] },
    // The last one is the health check's, which asks for a key that is not there.
    {
      actions: ['s3:GetObject'],
      resources: [mediaObjects(data), interpolate`${data.mediaBucketArn}/health`],
    },
    invalidation(data),
  ];
}

/** A worker reads, moves, restores and purges sources, writes and purges outputs, and sweeps what uploads left. */
export function workerGrants(data: Output<Buckets & Cdn>): Grant[] {
  return [
    ...operatorGrants(data),
    corsOfSources(data),
    { actions: ['s3:ListBucketMultipartUploads'], resources: [data.sourceBucketArn] },
  ];
}

/** What `ops` does by hand: it moves videos between storages, which is all that can be done to objects. */
export function operatorGrants(data: Output<Buckets & Cdn>): Grant[] {
  const writing = [
    's3:GetObject',
    's3:PutObject',
    's3:DeleteObject',
    's3:AbortMultipartUpload',
    's3:ListMultipartUploadParts',
  ];
  return [
    listing(data),
    { actions: [...writing, 's3:RestoreObject'], resources: sourceObjects(data) },
    { actions: writing, resources: [mediaObjects(data)] },
    invalidation(data),
  ];
}

function invalidation(data: Output<Cdn>): Grant {
  return { actions: ['cloudfront:CreateInvalidation'], resources: [data.distributionArn] };
}

/**
 * What signed URLs do, and so the key in them: clients PUT whole objects and parts wherever sources go; owners and Coconut
 * GET verified sources, which are under uploads/ alone. Never without TLS.
 */
export function signingGrants(sourceBucketArns: readonly Input<string>[]): Grant[] {
  const condition = { Bool: { 'aws:SecureTransport': 'true' } };
  const under = (prefixes: readonly string[]) =>
    sourceBucketArns.flatMap((arn) => prefixes.map((prefix) => interpolate`${arn}/${prefix}*`));
  return [
    { actions: ['s3:PutObject'], resources: under(SOURCE_PREFIXES), condition },
    { actions: ['s3:GetObject'], resources: under(['uploads/']), condition },
  ];
}

/** Workers order transcodes. Jobs have ids that nobody knows beforehand; the queue is ours alone. */
export function mediaConvertOrderGrants(
  place: Place,
  { roleArn, queueArn }: { roleArn: Input<string>; queueArn: Input<string> },
): Grant[] {
  return [
    { actions: ['mediaconvert:CreateJob', 'mediaconvert:ListJobs'], resources: [queueArn] },
    { actions: ['mediaconvert:GetJob'], resources: [arnOf(place, 'mediaconvert', 'jobs/*')] },
    ...mediaConvertCancelGrants(place),
    {
      actions: ['iam:PassRole'],
      resources: [roleArn],
      condition: { StringEquals: { 'iam:PassedToService': 'mediaconvert.amazonaws.com' } },
    },
  ];
}

/** Whoever freezes videos, by the API or by `ops`, ends their transcodes. */
export function mediaConvertCancelGrants(place: Place): Grant[] {
  return [{ actions: ['mediaconvert:CancelJob'], resources: [arnOf(place, 'mediaconvert', 'jobs/*')] }];
}

/**
 * Captions by Amazon Transcribe, which reads and writes by the rights of whoever starts a job. A policy cannot name a job
 * that does not exist, so starting is bound to where the captions go; by its name a job is looked at and deleted. No name of
 * an environment has a point: `prod` may not touch what is `prod-eu`'s.
 */
export function transcribeGrants(place: Place, environment: string, mediaBucket: Input<string>): Grant[] {
  return [
    {
      actions: ['transcribe:StartTranscriptionJob'],
      resources: ['*'],
      condition: {
        StringEquals: { 'transcribe:OutputBucketName': mediaBucket },
        StringLike: { 'transcribe:OutputKey': `${MEDIA_PREFIX}*` },
      },
    },
    {
      actions: ['transcribe:GetTranscriptionJob', 'transcribe:DeleteTranscriptionJob'],
      resources: [arnOf(place, 'transcribe', `transcription-job/sluice-${environment}.*`)],
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
      actions: ['ecs:UpdateTaskProtection'],
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
