import type { Output } from '@pulumi/pulumi';
import type { Standing } from '../compute/service.ts';
import { partThere } from '../second-region.ts';
import type { SiteFacts } from '../site.ts';
import { groupsOf, type RegionFacts } from './site-region.ts';

/** Where the application of an environment stands in one region of its site. */
export interface ApplicationNetwork {
  readonly vpcId: Output<string>;
  readonly entranceSubnetIds: Output<string[]>;
  readonly loadBalancerGroupId: Output<string>;
  readonly standing: Standing;
}

/** @param domain of the API; null for CloudFront's own name */
export function homeNetwork(
  site: Output<SiteFacts>,
  environment: string,
  domain: string | null,
): ApplicationNetwork {
  const subnets = site.apply((facts) => entranceSubnets(facts, domain));
  return { ...networkIn(site, site.hasPrivateEgress, environment), entranceSubnetIds: subnets };
}

/** Applied, it throws one line where the site does not stand there. */
export function secondNetwork(
  site: Output<SiteFacts>,
  environment: string,
  region: string,
): ApplicationNetwork {
  const there = site.apply(({ second }) => partThere('site', second, region));
  return networkIn(there, site.hasPrivateEgress, environment);
}

function networkIn(
  region: Output<RegionFacts>,
  hasPrivateEgress: Output<boolean>,
  environment: string,
): ApplicationNetwork {
  const groups = groupsOf(region, environment);
  const publicSubnetIds = region.apply((facts) => [...facts.publicSubnetIds]);
  const privateSubnetIds = region.apply((facts) => [...facts.privateSubnetIds]);
  return {
    vpcId: region.vpcId,
    entranceSubnetIds: publicSubnetIds,
    loadBalancerGroupId: groups.loadBalancerId,
    standing: {
      // Private subnets that do not lead out are for the database alone.
      subnetIds: hasPrivateEgress.apply((has) => (has ? privateSubnetIds : publicSubnetIds)),
      securityGroupId: groups.serviceId,
      hasPublicAddress: hasPrivateEgress.apply((has) => !has),
    },
  };
}

/** Throws one line where the site lets the world, or CloudFront, to a load balancer that is to take the other. */
function entranceSubnets({ publicSubnetIds, isPublic }: SiteFacts, domain: string | null): string[] {
  if (isPublic === (domain !== null)) return [...publicSubnetIds];
  throw new Error(
    isPublic
      ? 'This site lets everybody to its load balancers: give the application a domain'
      : 'This site lets CloudFront alone to its load balancers: set domain on the site too',
  );
}
