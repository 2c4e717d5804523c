import * as aws from '@pulumi/aws';
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi';

/** As long as AWS waits before a key that was deleted is gone, and with it all that it opens. */
const KEY_GONE_AFTER_DAYS = 30;

/**
 * The database's automated backups, copied to another region with their logs: a database can be restored there as it was
 * some minutes before the home region was lost.
 */
export class BackupReplica extends ComponentResource {
  readonly keyArn: Output<string>;

  constructor(
    name: string,
    args: {
      readonly databaseArn: Input<string>;
      readonly keptDays: number;
      /** Survives `pulumi destroy`, as the database itself. */
      readonly isProtected: boolean;
      readonly tags: Readonly<Record<string, string>>;
    },
    options?: ComponentResourceOptions,
  ) {
    super('sluice:aws:BackupReplica', name, {}, options);
    const kept = { parent: this, protect: args.isProtected, retainOnDelete: args.isProtected };
    const key = new aws.kms.Key(
      name,
      {
        description: 'Backups of the database of another region',
        enableKeyRotation: true,
        deletionWindowInDays: KEY_GONE_AFTER_DAYS,
        tags: args.tags,
      },
      kept,
    );
    new aws.rds.InstanceAutomatedBackupsReplication(
      name,
      { sourceDbInstanceArn: args.databaseArn, kmsKeyId: key.arn, retentionPeriod: args.keptDays },
      kept,
    );
    this.keyArn = key.arn;
    this.registerOutputs({ keyArn: this.keyArn });
  }
}
