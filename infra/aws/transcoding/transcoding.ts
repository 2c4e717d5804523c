import * as aws from '@pulumi/aws';
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi';
import { mediaConvertGrants } from '../access/grants.ts';
import { type Place, serviceRole } from '../access/role.ts';
import type { DataFacts } from '../data.ts';

/** MediaConvert's queue of this environment, and the role by which it reads sources and writes outputs. */
export class MediaConvert extends ComponentResource {
  readonly queueArn: Output<string>;
  readonly roleArn: Output<string>;

  constructor(
    name: string,
    args: {
      readonly data: Output<DataFacts>;
      readonly place: Place;
      readonly tags: Readonly<Record<string, string>>;
    },
    options?: ComponentResourceOptions,
  ) {
    super('sluice:aws:MediaConvert', name, {}, options);
    const child = { parent: this };
    const { place, tags } = args;
    const queue = new aws.mediaconvert.Queue(name, { pricingPlan: 'ON_DEMAND', tags }, child);
    const role = serviceRole(
      `${name}-mediaconvert`,
      { service: 'mediaconvert.amazonaws.com', place, grants: mediaConvertGrants(args.data), tags },
      child,
    );
    this.queueArn = queue.arn;
    this.roleArn = role.arn;
    this.registerOutputs({ queueArn: this.queueArn, roleArn: this.roleArn });
  }
}
