import { ComponentResource, type ComponentResourceOptions, type Output, output } from '@pulumi/pulumi';
import type { Extras, Nat } from '../../settings.ts';
import type { Place } from '../access/role.ts';
import { SiteAudit } from '../audit.ts';
import type { Told } from '../facts.ts';
import { Network } from './network.ts';
import { type GroupIds, SecurityGroups } from './security-groups.ts';

export interface SiteRegionArgs {
  readonly cidr: string;
  readonly nat: Nat;
  /** False where CloudFront stands before the load balancers. */
  readonly isPublic: boolean;
  readonly environments: readonly string[];
  /** Network of the other region, whose API asks the databases; null where there is none, or no database here. */
  readonly databaseClientCidr: string | null;
  readonly extras: Extras;
  readonly place: Place;
  readonly tags: Readonly<Record<string, string>>;
}

/** What the data and the application of an environment need of one region of their site. */
export interface RegionFacts {
  readonly vpcId: string;
  readonly publicSubnetIds: readonly string[];
  readonly privateSubnetIds: readonly string[];
  /** By environment. */
  readonly groups: Readonly<Record<string, GroupIds>>;
}

/** A site in one region: its network, the groups of every environment that it carries, and what watches both. */
export class SiteRegion extends ComponentResource {
  readonly network: Network;
  readonly facts: Told<RegionFacts>;

  constructor(name: string, args: SiteRegionArgs, options?: ComponentResourceOptions) {
    super('sluice:aws:SiteRegion', name, {}, options);
    const child = { parent: this };
    const { isPublic, databaseClientCidr, place, tags } = args;
    this.network = new Network(name, { cidr: args.cidr, region: place.region, nat: args.nat, tags }, child);
    const { vpcId, publicSubnetIds, privateSubnetIds } = this.network;
    const groups = args.environments.map((environment) => {
      const { ids } = new SecurityGroups(
        `${name}-${environment}`,
        { vpcId, isPublic, databaseClientCidr, tags: { ...tags, environment } },
        child,
      );
      return [environment, ids] as const;
    });
    new SiteAudit(name, { extras: args.extras, vpcId, place, tags }, child);
    this.facts = { vpcId, publicSubnetIds, privateSubnetIds, groups: output(Object.fromEntries(groups)) };
    this.registerOutputs({ ...this.facts });
  }
}

/** The groups of one environment. Throws one line when the site does not carry it. */
export function groupsOf(site: Output<RegionFacts>, environment: string): Output<GroupIds> {
  return site.apply(({ groups }) => {
    const ids = groups[environment];
    if (ids) return ids;
    throw new Error(
      `The site carries ${Object.keys(groups).join(', ')}: add ${environment} to its environments`,
    );
  });
}
