import { ComponentResource, type ComponentResourceOptions, interpolate, type Output } from '@pulumi/pulumi';
import type { Place } from '../access/role.ts';
import { PrivateBucket } from './bucket.ts';
import { bucketPolicy, tlsOnly } from './bucket-policy.ts';

const KEPT_DAYS = 90;

/** Access logs of the load balancer and of the CDN, for a quarter of a year. */
export class LogBucket extends ComponentResource {
  readonly bucket: Output<string>;
  readonly arn: Output<string>;

  constructor(
    name: string,
    args: {
      readonly place: Place;
      readonly isDisposable: boolean;
      readonly tags: Readonly<Record<string, string>>;
    },
    options?: ComponentResourceOptions,
  ) {
    super('sluice:aws:LogBucket', name, {}, options);
    const { place } = args;
    const logs = new PrivateBucket(
      name,
      {
        isVersioned: false,
        cors: null,
        lifecycleRules: [
          { id: 'drop-old-logs', status: 'Enabled', filter: {}, expiration: { days: KEPT_DAYS } },
        ],
        isDisposable: args.isDisposable,
        tags: args.tags,
      },
      { parent: this },
    );
    const ours = { StringEquals: { 'aws:SourceAccount': place.accountId } };
    const policy = bucketPolicy(
      name,
      logs.bucket,
      [
        tlsOnly(logs.arn),
        {
          Sid: 'LoadBalancerWrites',
          Effect: 'Allow',
          Principal: { Service: 'logdelivery.elasticloadbalancing.amazonaws.com' },
          Action: 's3:PutObject',
          Resource: interpolate`${logs.arn}/api/AWSLogs/${place.accountId}/*`,
        },
        {
          Sid: 'LogDeliveryWrites',
          Effect: 'Allow',
          Principal: { Service: 'delivery.logs.amazonaws.com' },
          Action: 's3:PutObject',
          Resource: interpolate`${logs.arn}/playback/*`,
          Condition: ours,
        },
      ],
      logs.own,
    );
    // Whoever sends logs here is refused until the policy stands.
    this.bucket = policy.bucket;
    this.arn = logs.arn;
    this.registerOutputs({ bucket: this.bucket });
  }
}
