import * as aws from '@pulumi/aws';
import { all, type CustomResourceOptions, type Input, interpolate, type Output } from '@pulumi/pulumi';
import { type Grant, policyOf, trustOf } from './policies.ts';

/** Which account and region a stack stands in. */
export interface Place {
  readonly accountId: Output<string>;
  readonly region: Output<string>;
}

/** The account and the region of the provider. */
export function placeOf(): Place {
  return {
    accountId: aws.getCallerIdentityOutput().accountId,
    region: aws.getRegionOutput().region,
  };
}

/** A role that one service of AWS takes on, and all that it may do. Its name is known only when both stand. */
export function serviceRole(
  name: string,
  {
    service,
    place,
    grants,
    tags,
  }: { service: string; place: Place; grants: readonly Grant[]; tags: Readonly<Record<string, string>> },
  options: CustomResourceOptions,
): { readonly arn: Output<string> } {
  const role = new aws.iam.Role(name, { assumeRolePolicy: trustOf(service, place.accountId), tags }, options);
  const policy = new aws.iam.RolePolicy(name, { role: role.id, policy: policyOf(grants) }, options);
  return { arn: all([role.arn, policy.id]).apply(([arn]) => arn) };
}

/** `arn:aws:SERVICE:REGION:ACCOUNT:REST` */
export function arnOf(place: Place, service: string, rest: Input<string>): Output<string> {
  return interpolate`arn:aws:${service}:${place.region}:${place.accountId}:${rest}`;
}
