/**
 * Regions that have Spaces, managed Postgres, networks and App Platform, by the name of their Spaces. `app` is what App
 * Platform calls the place, `network` the one datacenter there whose networks its apps join: the database stands in it.
 *
 * @see https://docs.digitalocean.com/products/app-platform/how-to/enable-vpc/
 */
export const REGIONS = {
  ams3: { app: 'ams', network: 'ams3' },
  atl1: { app: 'atl', network: 'atl1' },
  blr1: { app: 'blr', network: 'blr1' },
  fra1: { app: 'fra', network: 'fra1' },
  lon1: { app: 'lon', network: 'lon1' },
  nyc3: { app: 'nyc', network: 'nyc1' },
  sfo3: { app: 'sfo', network: 'sfo3' },
  sgp1: { app: 'sgp', network: 'sgp1' },
  syd1: { app: 'syd', network: 'syd1' },
  tor1: { app: 'tor', network: 'tor1' },
} as const satisfies Record<string, { readonly app: string; readonly network: string }>;
export type Region = keyof typeof REGIONS;
export type Datacenter = (typeof REGIONS)[Region]['network'];

/** Throws one line for a region that lacks one of the parts; `key` is where it was named. */
export function regionFrom(name: string, key: 'region' | 'secondRegion' = 'region'): Region {
  if (isRegion(name)) return name;
  throw new Error(`${key} must be ${Object.keys(REGIONS).join(', ')}; given: ${name}`);
}

/** App Platform has a shorter name for the same place. */
export function appRegion(region: Region): string {
  return REGIONS[region].app;
}

/** Where networks and the database of a region stand, so that its apps reach them. */
export function datacenterOf(region: Region): Datacenter {
  return REGIONS[region].network;
}

/** Where storage of a region is called, without the bucket. */
export function spacesEndpoint(region: Region): string {
  return `https://${region}.digitaloceanspaces.com`;
}

function isRegion(name: string): name is Region {
  return Object.hasOwn(REGIONS, name);
}
