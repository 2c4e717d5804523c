import * as aws from '@pulumi/aws';
import { all, ComponentResource, type ComponentResourceOptions, type Input } from '@pulumi/pulumi';
import type { AccessKey } from '../../platform.ts';
import { signingGrants } from './grants.ts';
import { policyOf } from './policies.ts';
import { boundaryOf, type Place } from './role.ts';

export interface SigningKeyArgs {
  /** Of every region whose URLs it signs. */
  readonly sourceBucketArns: readonly Input<string>[];
  /** One or two, which IAM allows. The first one signs; a second one is about to go, and its URLs still live. */
  readonly keyNames: readonly [string, ...string[]];
  readonly place: Place;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * The key that is in presigned URLs. A task role's session ends within hours, and what it signed with it; this key lasts.
 * It can do what the URLs do and nothing else: no list, no delete, nothing of the media bucket.
 */
export class SigningKey extends ComponentResource {
  readonly key: AccessKey;

  constructor(name: string, args: SigningKeyArgs, options?: ComponentResourceOptions) {
    super('sluice:aws:SigningKey', name, {}, options);
    const child = { parent: this };
    const user = new aws.iam.User(name, { ...boundaryOf(args.place), tags: args.tags }, child);
    const policy = new aws.iam.UserPolicy(
      name,
      { user: user.name, policy: policyOf(signingGrants(args.sourceBucketArns)) },
      child,
    );
    const keyOf = (keyName: string) =>
      new aws.iam.AccessKey(`${name}-${keyName}`, { user: user.name }, child);
    const [first, ...others] = args.keyNames;
    const { id, secret } = keyOf(first);
    for (const other of others) keyOf(other);
    // A key that may not sign yet is given to nobody.
    this.key = { id: all([id, policy.id]).apply(([known]) => known), secret };
    this.registerOutputs({ keyId: this.key.id });
  }
}

/** Null where the configuration forbids users of IAM: then task roles sign, and URLs end with their sessions. */
export function signingKeyFor(
  name: string,
  { signingKeyNames: [first, ...others] }: { readonly signingKeyNames: readonly string[] },
  sourceBucketArns: readonly Input<string>[],
  { place, tags }: Pick<SigningKeyArgs, 'place' | 'tags'>,
): AccessKey | null {
  if (first === undefined) return null;
  return new SigningKey(`${name}-signing`, {
    sourceBucketArns,
    keyNames: [first, ...others],
    place,
    tags,
  }).key;
}
