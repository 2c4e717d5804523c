import { type Output, output, StackReference } from '@pulumi/pulumi';
import type { Settings } from '../settings.ts';
import { ImageRepository } from './image-repository.ts';
import { placeOf } from './role.ts';
import { type RegionFacts, SiteRegion } from './site-region.ts';
import { tagsOf } from './tags.ts';

/** What the data and the application of an environment need of their site. */
export interface SiteFacts extends RegionFacts {
  /** False where tasks stand in public subnets, with an address of their own. */
  readonly hasPrivateEgress: boolean;
  /** The world may call the load balancers; else CloudFront alone. */
  readonly isPublic: boolean;
  /** Where the image is pushed to. */
  readonly repositoryUrl: string;
  readonly repositoryArn: string;
}

/** The site in this stack: network, endpoints, security groups of every environment that it carries. */
export function makeSite(settings: Settings): Output<SiteFacts> {
  const tags = tagsOf(settings);
  const { nat, environments, extras } = settings;
  const isPublic = settings.domain !== null;
  const home = new SiteRegion('sluice', {
    cidr: settings.networkCidr,
    nat,
    isPublic,
    environments,
    extras,
    place: placeOf(),
    tags,
  });
  const images = new ImageRepository('sluice', { isDisposable: !settings.protectData, tags });
  return output({
    ...home.facts,
    hasPrivateEgress: nat !== 'none',
    isPublic,
    repositoryUrl: images.url,
    repositoryArn: images.arn,
  });
}

/** The site that another stack made. */
export function referencedSite(stack: string): Output<SiteFacts> {
  return new StackReference(stack).requireOutput('site').apply((site) => site as SiteFacts);
}
