import * as aws from '@pulumi/aws';
import { all, type CustomResourceOptions, type Input, interpolate, type Output } from '@pulumi/pulumi';
import type { AwsSettings } from '../aws-settings.ts';
import { type Grant, policyOf, trustOf } from './policies.ts';

/** Which account and region a stack stands in, and what its roles and users may there at most. */
export interface Place {
  readonly accountId: Output<string>;
  readonly region: Output<string>;
  /** Of every role and user; null for none. */
  readonly permissionsBoundaryArn: string | null;
}

/** The account and the region of the provider. */
export function placeOf({ permissionsBoundaryArn }: Pick<AwsSettings, 'permissionsBoundaryArn'>): Place {
  return {
    accountId: aws.getCallerIdentityOutput().accountId,
    region: aws.getRegionOutput().region,
    permissionsBoundaryArn,
  };
}

/** What a role or a user is made with, so that no policy of its own gives it more. */
export function boundaryOf({ permissionsBoundaryArn }: Pick<Place, 'permissionsBoundaryArn'>): {
  permissionsBoundary?: string;
} {
  return permissionsBoundaryArn === null ? {} : { permissionsBoundary: permissionsBoundaryArn };
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
  const role = new aws.iam.Role(
    name,
    { assumeRolePolicy: trustOf(service, place.accountId), ...boundaryOf(place), tags },
    options,
  );
  const policy = new aws.iam.RolePolicy(name, { role: role.id, policy: policyOf(grants) }, options);
  return { arn: all([role.arn, policy.id]).apply(([arn]) => arn) };
}

/** `arn:aws:SERVICE:REGION:ACCOUNT:REST` */
export function arnOf(place: Place, service: string, rest: Input<string>): Output<string> {
  return interpolate`arn:aws:${service}:${place.region}:${place.accountId}:${rest}`;
}
