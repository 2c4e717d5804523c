/** Regions that have Spaces, managed Postgres, networks and App Platform, by the name that the first three use. */
export const REGIONS = {
  ams3: { app: 'ams' },
  atl1: { app: 'atl' },
  blr1: { app: 'blr' },
  fra1: { app: 'fra' },
  lon1: { app: 'lon' },
  nyc3: { app: 'nyc' },
  sfo3: { app: 'sfo' },
  sgp1: { app: 'sgp' },
  syd1: { app: 'syd' },
  tor1: { app: 'tor' },
} as const satisfies Record<string, { readonly app: string }>;
export type Region = keyof typeof REGIONS;

/** Throws one line for a region that lacks one of the parts. */
export function regionFrom(name: string): Region {
  if (isRegion(name)) return name;
  throw new Error(`region must be ${Object.keys(REGIONS).join(', ')}; given: ${name}`);
}

/** App Platform has a shorter name for the same place. */
export function appRegion(region: Region): string {
  return REGIONS[region].app;
}

/** Where storage of a region is called, without the bucket. */
export function spacesEndpoint(region: Region): string {
  return `https://${region}.digitaloceanspaces.com`;
}

function isRegion(name: string): name is Region {
  return Object.hasOwn(REGIONS, name);
}
