import { type Datacenter, datacenterOf, type Region } from './regions.ts';

/**
 * Networks of 16 bits that DigitalOcean keeps for itself, everywhere and in a datacenter. Of tor1 its pages say two.
 * @see https://docs.digitalocean.com/products/networking/vpc/details/limits/
 */
const RESERVED = ['10.229', '10.244', '10.245', '10.246'];
const RESERVED_IN: Readonly<Record<Datacenter, readonly string[]>> = {
  ams3: ['10.18'],
  atl1: ['10.50'],
  blr1: ['10.47'],
  fra1: ['10.19'],
  lon1: ['10.16'],
  nyc1: ['10.10'],
  sfo3: ['10.48'],
  sgp1: ['10.15'],
  syd1: ['10.49'],
  tor1: ['10.20', '10.29'],
};

/** A network of 16 bits holds so many of 20 bits: one for each environment. */
const PLACES = 16;

export interface NetworkPlan {
  /** Where the network is configured. */
  readonly key: 'networkCidr' | 'secondNetworkCidr';
  readonly cidr: string;
  /** Every region that the network reaches: one that is in the other's own cannot be joined. */
  readonly regions: readonly Region[];
  readonly environments: readonly string[];
}

/**
 * The network of each environment: 20 bits each out of the site's 16, in the order of the list. So an environment that is
 * added at its end moves no other.
 *
 * Throws one line when the site's network is one of DigitalOcean's own, or too small.
 */
export function environmentCidrs({
  key,
  cidr,
  regions,
  environments,
}: NetworkPlan): Readonly<Record<string, string>> {
  const prefix = cidr.split('.').slice(0, 2).join('.');
  const taken = regions.find(
    (region) => RESERVED.includes(prefix) || RESERVED_IN[datacenterOf(region)].includes(prefix),
  );
  if (taken !== undefined)
    throw new Error(`${key} must not be ${cidr}: DigitalOcean keeps it for itself in ${taken}`);
  if (environments.length > PLACES)
    throw new Error(`environments must be ${PLACES} at most on one site; given: ${environments.length}`);
  return Object.fromEntries(environments.map((name, place) => [name, `${prefix}.${place * 16}.0/20`]));
}
