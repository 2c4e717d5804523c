import * as digitalocean from '@pulumi/digitalocean';
import {
  all,
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  interpolate,
  type Output,
  secret,
} from '@pulumi/pulumi';
import type { DatabaseSettings } from '../settings.ts';
import { DATABASE_SIZES, storageSizeMib } from './database-sizes.ts';
import { datacenterOf, type Region } from './regions.ts';

export interface DatabaseArgs {
  readonly settings: DatabaseSettings;
  readonly region: Region;
  readonly vpcId: Input<string>;
  /** Networks that it lets in: the environment's own, and what is joined with it. */
  readonly cidrs: readonly Input<string>[];
  readonly projectId: Input<string>;
  readonly tags: readonly string[];
  /** Survives `pulumi destroy`, and cannot be deleted by mistake. */
  readonly isProtected: boolean;
}

const DATABASE = 'sluice';

/**
 * Managed Postgres, reached over the environment's own networks and by nothing outside them. Its address is the direct one:
 * LISTEN does not pass the platform's pooler (R21). The cluster backs itself up each day and keeps seven.
 */
export class Database extends ComponentResource {
  /** A secret output. */
  readonly url: Output<string>;
  readonly caCertificate: Output<string>;
  readonly connectionsMax: number;
  readonly clusterId: Output<string>;

  constructor(name: string, args: DatabaseArgs, options?: ComponentResourceOptions) {
    super('sluice:do:Database', name, {}, options);
    const { settings, isProtected } = args;
    const size = DATABASE_SIZES[settings.size];
    const storage = storageSizeMib(size, settings.storageGib);
    const kept = { parent: this, protect: isProtected, retainOnDelete: isProtected };
    const cluster = new digitalocean.DatabaseCluster(
      name,
      {
        engine: 'pg',
        version: '17',
        size: size.slug,
        region: datacenterOf(args.region),
        nodeCount: settings.standby ? 2 : 1,
        privateNetworkUuid: args.vpcId,
        projectId: args.projectId,
        maintenanceWindows: [{ day: 'sunday', hour: '03:00' }],
        tags: [...args.tags],
        ...(storage !== null && { storageSizeMib: storage }),
      },
      kept,
    );
    // By network, at once: a cluster without a rule takes connections from anywhere, and a rule for an app by its id, which
    // is there only once the app runs, does not know what comes from a network.
    const firewall = new digitalocean.DatabaseFirewall(
      name,
      { clusterId: cluster.id, rules: args.cidrs.map((value) => ({ type: 'ip_addr', value })) },
      { parent: this, retainOnDelete: isProtected },
    );
    const database = new digitalocean.DatabaseDb(name, { clusterId: cluster.id, name: DATABASE }, kept);
    const { user, password, privateHost, port } = cluster;
    const url = interpolate`postgres://${user}:${password.apply(encodeURIComponent)}@${privateHost}:${port}/${database.name}?sslmode=verify-full`;
    // Told when the rules stand: who has it connects at once.
    this.url = secret(all([url, firewall.id]).apply(([address]) => address));
    this.caCertificate = digitalocean.getDatabaseCaOutput(
      { clusterId: cluster.id },
      { parent: this },
    ).certificate;
    this.connectionsMax = size.connectionsMax;
    this.clusterId = cluster.id;
    this.registerOutputs({ clusterId: this.clusterId });
  }
}
