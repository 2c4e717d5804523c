import * as digitalocean from '@pulumi/digitalocean';
import { all, ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi';
import { datacenterOf, type Region } from './regions.ts';

/** The network of one environment. */
export interface Network {
  readonly vpcId: Output<string>;
  readonly cidr: string;
}

export type ByEnvironment<T> = Readonly<Record<string, T>>;

/**
 * One network for each environment, as networks cost nothing here: whoever may enter by the network is one environment's
 * own, and staging cannot reach production's database.
 */
export class Networks extends ComponentResource {
  readonly byEnvironment: ByEnvironment<Network>;

  constructor(
    name: string,
    args: { readonly region: Region; readonly cidrs: ByEnvironment<string> },
    options?: ComponentResourceOptions,
  ) {
    super('sluice:do:Networks', name, {}, options);
    const networks = Object.entries(args.cidrs).map(([environment, cidr]) => {
      const vpc = new digitalocean.Vpc(
        `${name}-${environment}`,
        { region: datacenterOf(args.region), ipRange: cidr, description: `Sluice, ${environment}` },
        { parent: this },
      );
      return [environment, { vpcId: vpc.id, cidr }] as const;
    });
    this.byEnvironment = Object.fromEntries(networks);
    this.registerOutputs({ byEnvironment: this.byEnvironment });
  }
}

/**
 * Each environment's networks of two regions joined, so that the second region's apps reach the home's database by its
 * private address.
 *
 * @see https://docs.digitalocean.com/products/networking/vpc/how-to/create-peering/
 */
export class Peerings extends ComponentResource {
  /** The second region's networks, told only when they are joined: what stands in them looks for the database at once. */
  readonly joined: ByEnvironment<Network>;

  constructor(
    name: string,
    args: { readonly home: ByEnvironment<Network>; readonly second: ByEnvironment<Network> },
    options?: ComponentResourceOptions,
  ) {
    super('sluice:do:Peerings', name, {}, options);
    const joined = Object.entries(args.second).map(([environment, { vpcId, cidr }]) => {
      const home = args.home[environment];
      if (home === undefined) throw new Error(`${environment} has no network at home to join`);
      const peering = new digitalocean.VpcPeering(
        `${name}-${environment}`,
        { vpcIds: [home.vpcId, vpcId] },
        { parent: this },
      );
      return [environment, { vpcId: all([vpcId, peering.id]).apply(([id]) => id), cidr }] as const;
    });
    this.joined = Object.fromEntries(joined);
    this.registerOutputs({ joined: this.joined });
  }
}
