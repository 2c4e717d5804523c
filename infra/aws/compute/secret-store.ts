import * as aws from '@pulumi/aws';
import {
  ComponentResource,
  type ComponentResourceOptions,
  interpolate,
  jsonStringify,
  type Output,
} from '@pulumi/pulumi';
import type { Variable } from '../../environment.ts';

/**
 * All secrets of the service as one secret of Secrets Manager, a JSON object by variable. Tasks name its version, so that
 * a changed secret starts new ones.
 */
export class SecretStore extends ComponentResource {
  readonly arn: Output<string>;
  /** For a task definition. */
  readonly references: readonly { readonly name: string; readonly valueFrom: Output<string> }[];

  constructor(
    name: string,
    args: {
      readonly variables: readonly Variable[];
      /** Gone at once when it is destroyed, instead of a week later. */
      readonly isDisposable: boolean;
      readonly tags: Readonly<Record<string, string>>;
    },
    options?: ComponentResourceOptions,
  ) {
    super('sluice:aws:SecretStore', name, {}, options);
    const child = { parent: this };
    const secret = new aws.secretsmanager.Secret(
      name,
      {
        description: 'Environment of the service',
        recoveryWindowInDays: args.isDisposable ? 0 : 7,
        tags: args.tags,
      },
      child,
    );
    const version = new aws.secretsmanager.SecretVersion(
      name,
      {
        secretId: secret.id,
        secretString: jsonStringify(
          Object.fromEntries(args.variables.map((variable) => [variable.name, variable.value])),
        ),
      },
      child,
    );
    this.arn = secret.arn;
    this.references = args.variables.map((variable) => ({
      name: variable.name,
      valueFrom: interpolate`${secret.arn}:${variable.name}::${version.versionId}`,
    }));
    this.registerOutputs({ arn: this.arn });
  }
}
