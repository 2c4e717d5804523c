import { type Input, jsonStringify, type Output } from '@pulumi/pulumi';

/** What somebody may do, and to what. */
export interface Grant {
  readonly actions: readonly string[];
  readonly resources: readonly Input<string>[];
  readonly condition?: Readonly<Record<string, Readonly<Record<string, Input<string>>>>>;
}

/** Actions that AWS grants on everything or not at all, each with its reason. Nothing else may name `*` alone. */
export const GRANTED_ON_EVERYTHING: Readonly<Record<string, string>> = {
  'ecr:GetAuthorizationToken': 'AWS knows no resource for it: it opens no repository by itself',
  'xray:PutTraceSegments': 'AWS knows no resource for it: traces are only ever added',
  'xray:PutTelemetryRecords': 'AWS knows no resource for it: counters of the collector',
  'cloudwatch:PutMetricData': 'AWS knows no resource for it: bound to one namespace',
  's3:ListAllMyBuckets': 'AWS knows no resource for it: names alone, asked for by canaries',
  'transcribe:StartTranscriptionJob': 'AWS knows no resource for it: bound to where the captions go',
};

/** Wildcards behind what is named, by the ARN up to its end, each with its reason. There are no others. */
export const GRANTED_BY_PATTERN: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  {
    pattern: /^arn:aws:s3:::[a-z0-9.-]+\/(uploads|staging|archives|videos|runs)\/\*$/,
    reason: 'objects are named by ids; the area of the bucket is what is granted',
  },
  {
    pattern: /^arn:aws:mediaconvert:[a-z0-9-]+:\d{12}:jobs\/\*$/,
    reason: "AWS gives jobs their ids, and no policy can ask for a job's queue",
  },
  {
    pattern: /^arn:aws:ecs:[a-z0-9-]+:\d{12}:task\/[^*?/]+\/\*$/,
    reason: 'AWS gives tasks their ids; the cluster is ours alone',
  },
  {
    pattern: /^arn:aws:[a-z]+:[a-z0-9-]+:\d{12}:log-?group[:/][^*?]+:\*$/,
    reason: 'streams of one group, named by tasks as they start',
  },
  {
    pattern: /^arn:aws:logs:[a-z0-9-]+:\d{12}:log-group:\/aws\/lambda\/cwsyn-[a-z0-9-]+-\*$/,
    reason: "a canary's function is named by AWS, after the canary",
  },
  {
    pattern: /^arn:aws:transcribe:[a-z0-9-]+:\d{12}:transcription-job\/sluice-[a-z0-9-]+\.\*$/,
    reason: 'jobs are named as they are started, each with the name of its environment first',
  },
];

/** Actions that would reach further than their resource says, each with what has to bind them. */
export const BOUND_BY_CONDITION: Readonly<Record<string, string>> = {
  'iam:PassRole': 'iam:PassedToService',
  'cloudwatch:PutMetricData': 'cloudwatch:namespace',
  'transcribe:StartTranscriptionJob': 'transcribe:OutputBucketName',
};

/** Users of IAM, whose keys last until somebody takes them away, by the end of their names, each with its reason. */
export const LASTING_KEYS: Readonly<Record<string, string>> = {
  '-coconut': 'Coconut is no service of AWS: its key travels with every job',
  '-signing': "a URL ends with the session that signed it, and a role's is too short",
};

/** Services of AWS that are let in without a word on whose behalf they come, each with its reason. */
export const LET_IN_UNBOUND: Readonly<Record<string, string>> = {
  'logdelivery.elasticloadbalancing.amazonaws.com':
    'it tells none; the path that it may write names the account',
};

/** A policy of what is granted, as JSON. */
export function policyOf(grants: readonly Grant[]): Output<string> {
  return jsonStringify({
    Version: '2012-10-17',
    Statement: grants.map(({ actions, resources, condition }) => ({
      Effect: 'Allow',
      Action: [...actions],
      Resource: [...resources],
      ...(condition && { Condition: condition }),
    })),
  });
}

/** Services that say on whose behalf they take on a role, by their own documentation; MediaConvert's does not tell. */
export const TELLS_ACCOUNT: readonly string[] = [
  'ecs-tasks.amazonaws.com',
  'events.amazonaws.com',
  'vpc-flow-logs.amazonaws.com',
];

/** Whom a role trusts: one service of AWS, and only on behalf of this account where it tells. */
export function trustOf(service: string, accountId: Input<string>): Output<string> {
  return jsonStringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: 'sts:AssumeRole',
        Principal: { Service: service },
        ...(TELLS_ACCOUNT.includes(service) && {
          Condition: { StringEquals: { 'aws:SourceAccount': accountId } },
        }),
      },
    ],
  });
}
