import * as aws from '@pulumi/aws';
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  interpolate,
  type Output,
  secret,
} from '@pulumi/pulumi';
import type { DatabaseSettings, Size } from '../../settings.ts';

/**
 * What each size is. RDS allows `memory / 9531392` connections: 112 per GiB, of which some stay for its own work
 * (R21: a test holds the service's own count against it).
 */
export const DATABASE_CLASSES: Readonly<Record<Size, { instanceClass: string; connectionsMax: number }>> = {
  small: { instanceClass: 'db.t4g.medium', connectionsMax: 420 },
  medium: { instanceClass: 'db.m7g.large', connectionsMax: 850 },
  large: { instanceClass: 'db.m7g.2xlarge', connectionsMax: 3500 },
};

export interface DatabaseArgs {
  readonly settings: DatabaseSettings;
  readonly subnetIds: Input<Input<string>[]>;
  readonly securityGroupId: Input<string>;
  readonly password: Output<string>;
  /** Survives `pulumi destroy`, and cannot be deleted while it is so. */
  readonly isProtected: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

const USER = 'sluice';

/** Postgres in the private subnets: encrypted, backed up, with a standby where the settings say so. */
export class Database extends ComponentResource {
  /** A secret output; the service demands TLS and checks the certificate. */
  readonly url: Output<string>;
  readonly connectionsMax: number;
  readonly identifier: Output<string>;
  readonly arn: Output<string>;

  constructor(name: string, args: DatabaseArgs, options?: ComponentResourceOptions) {
    super('sluice:aws:Database', name, {}, options);
    const child = { parent: this };
    const { settings, isProtected, tags } = args;
    const { instanceClass, connectionsMax } = DATABASE_CLASSES[settings.size];
    const subnets = new aws.rds.SubnetGroup(name, { subnetIds: args.subnetIds, tags }, child);
    const parameters = new aws.rds.ParameterGroup(
      name,
      {
        family: 'postgres17',
        parameters: [
          { name: 'rds.force_ssl', value: '1' },
          { name: 'log_min_duration_statement', value: '1000' },
          // Values of slow statements are secrets of webhooks, among others: the log has their places alone.
          { name: 'log_parameter_max_length', value: '0' },
        ],
        tags,
      },
      child,
    );
    const instance = new aws.rds.Instance(
      name,
      {
        engine: 'postgres',
        engineVersion: '17',
        instanceClass,
        allocatedStorage: settings.storageGib,
        maxAllocatedStorage: settings.storageGib * 4,
        storageType: 'gp3',
        storageEncrypted: true,
        dbName: USER,
        username: USER,
        password: args.password,
        dbSubnetGroupName: subnets.name,
        parameterGroupName: parameters.name,
        vpcSecurityGroupIds: [args.securityGroupId],
        publiclyAccessible: false,
        multiAz: settings.standby,
        backupRetentionPeriod: settings.backupDays,
        copyTagsToSnapshot: true,
        autoMinorVersionUpgrade: true,
        deletionProtection: isProtected,
        skipFinalSnapshot: !isProtected,
        ...(isProtected && { finalSnapshotIdentifier: `${name}-final` }),
        performanceInsightsEnabled: true,
        enabledCloudwatchLogsExports: ['postgresql'],
        tags,
      },
      { ...child, protect: isProtected, retainOnDelete: isProtected },
    );
    const address = interpolate`postgres://${USER}:${args.password.apply(encodeURIComponent)}@${instance.address}:5432/${USER}?sslmode=verify-full`;
    this.url = secret(address);
    this.connectionsMax = connectionsMax;
    this.identifier = instance.identifier;
    this.arn = instance.arn;
    this.registerOutputs({ identifier: this.identifier });
  }
}
