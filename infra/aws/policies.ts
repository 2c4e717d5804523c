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
const TELLS_ACCOUNT = ['ecs-tasks.amazonaws.com', 'events.amazonaws.com', 'vpc-flow-logs.amazonaws.com'];

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
