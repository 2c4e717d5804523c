import * as aws from '@pulumi/aws';
import { ComponentResource, type ComponentResourceOptions, interpolate, type Output } from '@pulumi/pulumi';
import type { AccessKey } from '../../platform.ts';
import { policyOf } from './policies.ts';
import { boundaryOf, type Place } from './role.ts';

/** The key that travels to Coconut with every job: it writes outputs, and does nothing else. */
export class CoconutKey extends ComponentResource {
  readonly key: AccessKey;

  constructor(
    name: string,
    args: {
      readonly mediaBucketArn: Output<string>;
      readonly place: Place;
      readonly tags: Readonly<Record<string, string>>;
    },
    options?: ComponentResourceOptions,
  ) {
    super('sluice:aws:CoconutKey', name, {}, options);
    const child = { parent: this };
    const user = new aws.iam.User(name, { ...boundaryOf(args.place), tags: args.tags }, child);
    new aws.iam.UserPolicy(
      name,
      {
        user: user.name,
        policy: policyOf([
          {
            actions: ['s3:PutObject', 's3:AbortMultipartUpload'],
            resources: [interpolate`${args.mediaBucketArn}/videos/*`],
          },
        ]),
      },
      child,
    );
    const key = new aws.iam.AccessKey(name, { user: user.name }, child);
    this.key = { id: key.id, secret: key.secret };
    this.registerOutputs({});
  }
}
