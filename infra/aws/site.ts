import * as aws from '@pulumi/aws';
import { type Output, output, StackReference } from '@pulumi/pulumi';
import type { Settings } from '../settings.ts';
import { SiteAudit } from './audit.ts';
import { ImageRepository } from './image-repository.ts';
import { Network } from './network.ts';
import { placeOf } from './role.ts';
import { SecurityGroups } from './security-groups.ts';
import { tagsOf } from './tags.ts';

/** The groups of one environment. */
export interface GroupIds {
  readonly loadBalancerId: string;
  readonly serviceId: string;
  readonly databaseId: string;
}

/** What the data and the application of an environment need of their site. */
export interface SiteFacts {
  readonly vpcId: string;
  readonly publicSubnetIds: readonly string[];
  readonly privateSubnetIds: readonly string[];
  /** False where tasks stand in public subnets, with an address of their own. */
  readonly hasPrivateEgress: boolean;
  /** The world may call the load balancers; else CloudFront alone. */
  readonly isPublic: boolean;
  /** Where the image is pushed to. */
  readonly repositoryUrl: string;
  readonly repositoryArn: string;
  /** By environment. */
  readonly groups: Readonly<Record<string, GroupIds>>;
}

/** The site in this stack: network, endpoints, security groups of every environment that it carries. */
export function makeSite(settings: Settings): Output<SiteFacts> {
  const tags = tagsOf(settings);
  const region = aws.getRegionOutput().region;
  const network = new Network('sluice', { cidr: settings.networkCidr, region, nat: settings.nat, tags });
  const isPublic = settings.domain !== null;
  const groups = settings.environments.map((environment) => {
    const { loadBalancerId, serviceId, databaseId } = new SecurityGroups(`sluice-${environment}`, {
      vpcId: network.vpcId,
      isPublic,
      tags: { ...tags, environment },
    });
    return [environment, { loadBalancerId, serviceId, databaseId }] as const;
  });
  new SiteAudit('sluice', { extras: settings.extras, vpcId: network.vpcId, place: placeOf(), tags });
  const images = new ImageRepository('sluice', { isDisposable: !settings.protectData, tags });
  return output({
    vpcId: network.vpcId,
    publicSubnetIds: network.publicSubnetIds,
    privateSubnetIds: network.privateSubnetIds,
    hasPrivateEgress: settings.nat !== 'none',
    isPublic,
    repositoryUrl: images.url,
    repositoryArn: images.arn,
    groups: Object.fromEntries(groups),
  });
}

/** The site that another stack made. */
export function referencedSite(stack: string): Output<SiteFacts> {
  return new StackReference(stack).requireOutput('site').apply((site) => site as SiteFacts);
}

/** The groups of one environment. Throws one line when the site does not carry it. */
export function groupsOf(site: Output<SiteFacts>, environment: string): Output<GroupIds> {
  return site.apply(({ groups }) => {
    const ids = groups[environment];
    if (ids) return ids;
    throw new Error(
      `The site carries ${Object.keys(groups).join(', ')}: add ${environment} to its environments`,
    );
  });
}
