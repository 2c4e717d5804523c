import * as aws from '@pulumi/aws';
import { ComponentResource, type ComponentResourceOptions, interpolate } from '@pulumi/pulumi';
import type { TokenSettings } from '../../settings.ts';

/** Users of one's own, whose access tokens the service takes; clients sign in by it without a secret. */
export class UserPool extends ComponentResource {
  readonly tokens: TokenSettings;

  constructor(
    name: string,
    args: { readonly isProtected: boolean; readonly tags: Readonly<Record<string, string>> },
    options?: ComponentResourceOptions,
  ) {
    super('sluice:aws:UserPool', name, {}, options);
    const pool = new aws.cognito.UserPool(
      name,
      {
        usernameAttributes: ['email'],
        autoVerifiedAttributes: ['email'],
        deletionProtection: args.isProtected ? 'ACTIVE' : 'INACTIVE',
        passwordPolicy: {
          minimumLength: 12,
          requireLowercase: true,
          requireNumbers: true,
          requireSymbols: false,
          requireUppercase: true,
        },
        adminCreateUserConfig: { allowAdminCreateUserOnly: true },
        tags: args.tags,
      },
      { parent: this, protect: args.isProtected, retainOnDelete: args.isProtected },
    );
    const client = new aws.cognito.UserPoolClient(
      name,
      {
        userPoolId: pool.id,
        generateSecret: false,
        explicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
        preventUserExistenceErrors: 'ENABLED',
      },
      { parent: this },
    );
    const issuer = interpolate`https://${pool.endpoint}`;
    this.tokens = {
      kind: 'keys',
      jwksUrl: interpolate`${issuer}/.well-known/jwks.json`,
      issuer,
      // An access token of Cognito names its client, not an audience.
      audience: client.id,
    };
    this.registerOutputs({ issuer });
  }
}
