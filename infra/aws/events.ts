import * as aws from '@pulumi/aws';
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  jsonStringify,
  type Output,
} from '@pulumi/pulumi';
import { SOURCE_PREFIXES } from './access/grants.ts';
import { type Place, serviceRole } from './access/role.ts';

/** The header that the service's webhooks look at. */
const SECRET_HEADER = 'x-sluice-secret';
const INVOCATIONS_PER_SECOND = 100;
/** A day, as long as EventBridge may try. */
const EVENT_AGE_MAX_SECONDS = 86_400;
const LETTERS_KEPT_SECONDS = 14 * 86_400;

/** Objects that came into the source bucket where uploads go. Outputs make events too: they are left out. */
export function objectCreatedPattern(bucket: Input<string>): Output<string> {
  return jsonStringify({
    source: ['aws.s3'],
    'detail-type': ['Object Created'],
    detail: { bucket: { name: [bucket] }, object: { key: SOURCE_PREFIXES.map((prefix) => ({ prefix })) } },
  });
}

/** How jobs of our own queue stand. Another environment's are none of ours. */
export function jobChangedPattern(queueArn: Input<string>): Output<string> {
  return jsonStringify({
    source: ['aws.mediaconvert'],
    'detail-type': ['MediaConvert Job State Change'],
    detail: { status: ['STATUS_UPDATE', 'COMPLETE', 'ERROR', 'CANCELED'], queue: [queueArn] },
  });
}

export interface EventWebhookArgs {
  readonly pattern: Output<string>;
  /** Where the whole event is posted, without a transformer. */
  readonly endpoint: Output<string>;
  readonly secret: Output<string>;
  readonly place: Place;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * Events of one kind to one webhook of the service. EventBridge waits five seconds for an answer and tries again for a day;
 * what never arrived stands in a queue for two weeks. Sluice asks storage and transcoders itself, so nothing is lost by it.
 */
export class EventWebhook extends ComponentResource {
  readonly deadLetterQueueName: Output<string>;

  constructor(name: string, args: EventWebhookArgs, options?: ComponentResourceOptions) {
    super('sluice:aws:EventWebhook', name, {}, options);
    const child = { parent: this };
    const { place, tags } = args;
    const connection = new aws.cloudwatch.EventConnection(
      name,
      {
        authorizationType: 'API_KEY',
        authParameters: { apiKey: { key: SECRET_HEADER, value: args.secret } },
      },
      child,
    );
    const destination = new aws.cloudwatch.EventApiDestination(
      name,
      {
        connectionArn: connection.arn,
        httpMethod: 'POST',
        invocationEndpoint: args.endpoint,
        invocationRateLimitPerSecond: INVOCATIONS_PER_SECOND,
      },
      child,
    );
    const rule = new aws.cloudwatch.EventRule(name, { eventPattern: args.pattern, tags }, child);
    const letters = new aws.sqs.Queue(
      name,
      { messageRetentionSeconds: LETTERS_KEPT_SECONDS, sqsManagedSseEnabled: true, tags },
      child,
    );
    new aws.sqs.QueuePolicy(
      name,
      {
        queueUrl: letters.url,
        policy: jsonStringify({
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Service: 'events.amazonaws.com' },
              Action: 'sqs:SendMessage',
              Resource: letters.arn,
              Condition: { ArnEquals: { 'aws:SourceArn': rule.arn } },
            },
          ],
        }),
      },
      child,
    );
    const role = serviceRole(
      name,
      {
        service: 'events.amazonaws.com',
        place,
        grants: [{ actions: ['events:InvokeApiDestination'], resources: [destination.arn] }],
        tags,
      },
      child,
    );
    new aws.cloudwatch.EventTarget(
      name,
      {
        rule: rule.name,
        arn: destination.arn,
        roleArn: role.arn,
        deadLetterConfig: { arn: letters.arn },
        retryPolicy: { maximumEventAgeInSeconds: EVENT_AGE_MAX_SECONDS, maximumRetryAttempts: 185 },
      },
      child,
    );
    this.deadLetterQueueName = letters.name;
    this.registerOutputs({ deadLetterQueueName: this.deadLetterQueueName });
  }
}
