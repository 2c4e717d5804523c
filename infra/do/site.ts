import { type Output, output, StackReference } from '@pulumi/pulumi';
import type { Settings } from '../settings.ts';
import type { DoSettings } from './do-settings.ts';
import { environmentCidrs } from './network-cidrs.ts';
import { type ByEnvironment, Networks, Peerings } from './networks.ts';
import type { Region } from './regions.ts';
import { makeRegistry } from './registry.ts';

/** The network of one environment. */
export interface NetworkFacts {
  readonly vpcId: string;
  readonly cidr: string;
}

/** The site in one region. */
export interface RegionFacts {
  readonly region: string;
  readonly networks: ByEnvironment<NetworkFacts>;
}

/** What the data and the application of an environment need of their site. */
export interface SiteFacts extends RegionFacts {
  /** Joined with the first, environment by environment; null where there is one region. */
  readonly second: RegionFacts | null;
}

/** The site in this stack: a network for every environment that it carries, and a registry where one is wanted. */
export function makeSite(
  { networkCidr, secondNetworkCidr, environments }: Settings,
  { region, registryTier }: DoSettings,
  secondRegion: Region | null,
): Output<SiteFacts> {
  const plan = { environments, regions: [region, ...(secondRegion === null ? [] : [secondRegion])] };
  const cidrs = environmentCidrs({ ...plan, key: 'networkCidr', cidr: networkCidr });
  const second = secondRegion !== null && {
    region: secondRegion,
    cidrs: environmentCidrs({ ...plan, key: 'secondNetworkCidr', cidr: secondNetworkCidr }),
  };
  const { byEnvironment: networks } = new Networks('sluice', { region, cidrs });
  if (registryTier !== null) makeRegistry('sluice', registryTier, region);
  if (!second) return output({ region, networks, second: null });
  const name = `sluice-${second.region}`;
  const { byEnvironment: there } = new Networks(name, second);
  const { joined } = new Peerings(name, { home: networks, second: there });
  return output({ region, networks, second: { region: second.region, networks: joined } });
}

/** The site that another stack made. */
export function referencedSite(stack: string): Output<SiteFacts> {
  return new StackReference(stack).requireOutput('site').apply((site) => site as SiteFacts);
}

/** Whose network, and where the stack stands. */
export interface NetworkQuestion {
  readonly environment: string;
  readonly region: Region;
}

export function networkOf(site: Output<SiteFacts>, question: NetworkQuestion): Output<NetworkFacts> {
  return site.apply((facts) => homeNetwork(facts, question));
}

export function secondNetworkOf(site: Output<SiteFacts>, question: NetworkQuestion): Output<NetworkFacts> {
  return site.apply((facts) => secondNetwork(facts, question));
}

/** The network of one environment. Throws one line when the site does not carry it, or is elsewhere. */
export function homeNetwork(site: SiteFacts, question: NetworkQuestion): NetworkFacts {
  if (site.region === question.region) return networkIn(site, question);
  throw new Error(
    `The site is in ${site.region}, this stack in ${question.region}: networks do not cross regions`,
  );
}

/** The same in the second region. Throws one line when the site does not reach there. */
export function secondNetwork({ second }: SiteFacts, question: NetworkQuestion): NetworkFacts {
  if (second?.region === question.region) return networkIn(second, question);
  throw new Error(`The site has no networks in ${question.region}: set secondRegion on it too`);
}

function networkIn({ networks }: RegionFacts, { environment }: NetworkQuestion): NetworkFacts {
  const network = networks[environment];
  if (network !== undefined) return network;
  throw new Error(
    `The site carries ${Object.keys(networks).join(', ')}: add ${environment} to its environments`,
  );
}
