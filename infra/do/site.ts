import * as digitalocean from '@pulumi/digitalocean';
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Output,
  output,
  StackReference,
} from '@pulumi/pulumi';
import type { Settings } from '../settings.ts';
import type { DoSettings } from './do-settings.ts';
import { environmentCidrs } from './network-cidrs.ts';
import type { Region } from './regions.ts';
import { makeRegistry } from './registry.ts';

/** The network of one environment. */
export interface NetworkFacts {
  readonly vpcId: string;
  readonly cidr: string;
}

/** What the data and the application of an environment need of their site. */
export interface SiteFacts {
  readonly region: string;
  /** By environment. */
  readonly networks: Readonly<Record<string, NetworkFacts>>;
}

/**
 * One network for each environment, as networks cost nothing here: whoever may enter by the network is one environment's
 * own, and staging cannot reach production's database.
 */
export class Networks extends ComponentResource {
  readonly facts: Output<Readonly<Record<string, NetworkFacts>>>;

  constructor(
    name: string,
    args: { readonly region: Region; readonly cidrs: Readonly<Record<string, string>> },
    options?: ComponentResourceOptions,
  ) {
    super('sluice:do:Networks', name, {}, options);
    const networks = Object.entries(args.cidrs).map(([environment, cidr]) => {
      const vpc = new digitalocean.Vpc(
        `${name}-${environment}`,
        { region: args.region, ipRange: cidr, description: `Sluice, ${environment}` },
        { parent: this },
      );
      return [environment, { vpcId: vpc.id, cidr }] as const;
    });
    this.facts = output(Object.fromEntries(networks));
    this.registerOutputs({ facts: this.facts });
  }
}

/** The site in this stack: a network for every environment that it carries, and a registry where one is wanted. */
export function makeSite(settings: Settings, { region, registryTier }: DoSettings): Output<SiteFacts> {
  const cidrs = environmentCidrs(settings.networkCidr, region, settings.environments);
  const networks = new Networks('sluice', { region, cidrs });
  if (registryTier !== null) makeRegistry('sluice', registryTier, region);
  return output({ region, networks: networks.facts });
}

/** The site that another stack made. */
export function referencedSite(stack: string): Output<SiteFacts> {
  return new StackReference(stack).requireOutput('site').apply((site) => site as SiteFacts);
}

/** The network of one environment. Throws one line when the site does not carry it, or is elsewhere. */
export function networkOf(
  site: Output<SiteFacts>,
  { environment, region }: { readonly environment: string; readonly region: Region },
): Output<NetworkFacts> {
  return site.apply(({ networks, region: siteRegion }) => {
    const network = networks[environment];
    if (network === undefined)
      throw new Error(
        `The site carries ${Object.keys(networks).join(', ')}: add ${environment} to its environments`,
      );
    if (siteRegion !== region)
      throw new Error(`The site is in ${siteRegion}, this stack in ${region}: networks do not cross regions`);
    return network;
  });
}
