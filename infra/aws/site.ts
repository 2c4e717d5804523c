import { type Output, output, StackReference } from '@pulumi/pulumi';
import type { Settings } from '../settings.ts';
import { placeOf } from './access/role.ts';
import type { AwsSettings } from './aws-settings.ts';
import { ImageRepository } from './compute/image-repository.ts';
import type { Told } from './facts.ts';
import { Peering } from './network/peering.ts';
import { type RegionFacts, SiteRegion } from './network/site-region.ts';
import { onceAllStand } from './network/standing.ts';
import { type SecondRegion, thereOf } from './second-region.ts';
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
  /** Null where the site is in one region. */
  readonly second: SecondSiteFacts | null;
}

/** The site in its second region. */
export interface SecondSiteFacts extends RegionFacts {
  readonly region: string;
}

/** The site in this stack: network, endpoints, security groups of every environment that it carries; in a second region too. */
export function makeSite(
  settings: Settings,
  awsSettings: AwsSettings,
  second: SecondRegion | null,
): Output<SiteFacts> {
  const tags = tagsOf(settings);
  const { nat, environments, extras } = settings;
  const isPublic = settings.domain !== null;
  const home = new SiteRegion('sluice', {
    nat,
    isPublic,
    environments,
    tags,
    cidr: settings.networkCidr,
    databaseClientCidr: second && settings.secondNetworkCidr,
    extras,
    place: placeOf(awsSettings),
  });
  const images = new ImageRepository('sluice', { isDisposable: !settings.protectData, tags });
  return output({
    ...home.facts,
    hasPrivateEgress: nat !== 'none',
    isPublic,
    repositoryUrl: images.url,
    repositoryArn: images.arn,
    second: second && secondSite(settings, home, second),
  });
}

/** Its facts are told when the networks are joined: what starts there looks for the database at once. */
function secondSite(settings: Settings, home: SiteRegion, second: SecondRegion): Told<SecondSiteFacts> {
  const tags = tagsOf(settings);
  const there = new SiteRegion(
    thereOf('sluice'),
    {
      cidr: settings.secondNetworkCidr,
      nat: settings.nat,
      isPublic: true,
      environments: settings.environments,
      databaseClientCidr: null,
      // Images are pushed to the home region alone, and looked through there.
      extras: { ...settings.extras, inspector: false },
      place: second.place,
      tags,
    },
    second.options,
  );
  const { ways } = new Peering('sluice', { home: home.network, there: there.network, second, tags });
  const { vpcId, publicSubnetIds, privateSubnetIds, groups } = there.facts;
  return {
    region: output(second.region),
    vpcId,
    publicSubnetIds: onceAllStand(ways, publicSubnetIds),
    privateSubnetIds: onceAllStand(ways, privateSubnetIds),
    groups,
  };
}

/** The site that another stack made. */
export function referencedSite(stack: string): Output<SiteFacts> {
  return new StackReference(stack).requireOutput('site').apply((site) => site as SiteFacts);
}
