import { type Config, type Output, output, StackReference } from '@pulumi/pulumi';
import type { Settings } from '../settings.ts';
import { PrivateBucket } from './bucket.ts';
import { bucketPolicy, readableByDistribution, tlsOnly } from './bucket-policy.ts';
import { Database } from './database.ts';
import { mediaLifecycle, sourceLifecycle } from './lifecycles.ts';
import { MediaDistribution } from './media-distribution.ts';
import { groupsOf, type SiteFacts } from './site.ts';
import { tagsOf } from './tags.ts';

/** What the application of an environment needs of its data. */
export interface DataFacts {
  readonly sourceBucket: string;
  readonly sourceBucketArn: string;
  readonly mediaBucket: string;
  readonly mediaBucketArn: string;
  readonly distributionId: string;
  readonly distributionArn: string;
  readonly playbackUrl: string;
  /** A secret. */
  readonly databaseUrl: string;
  readonly databaseId: string;
  readonly connectionsMax: number;
}

/** The data of an environment in this stack: it outlives every deploy, and by default `pulumi destroy` too. */
export function makeData(settings: Settings, config: Config, site: Output<SiteFacts>): Output<DataFacts> {
  const tags = tagsOf(settings);
  const name = `sluice-${settings.environment}`;
  const isDisposable = !settings.protectData;
  const origins = settings.service.corsOrigins.split(',').map((origin) => origin.trim());
  const sources = new PrivateBucket(`${name}-sources`, {
    isVersioned: true,
    cors: { origins, methods: ['GET', 'HEAD', 'PUT'] },
    lifecycleRules: sourceLifecycle(settings.archiveAfterDays),
    isDisposable,
    tags,
  });
  const media = new PrivateBucket(`${name}-media`, {
    isVersioned: false,
    cors: null,
    lifecycleRules: mediaLifecycle(),
    isDisposable,
    tags,
  });
  const delivery = new MediaDistribution(`${name}-media`, {
    originDomainName: media.regionalDomainName,
    corsOrigins: origins,
    webAclArn: null,
    signerKeys: [],
    tags,
  });
  bucketPolicy(`${name}-sources`, sources.bucket, [tlsOnly(sources.arn)], { parent: sources });
  bucketPolicy(
    `${name}-media`,
    media.bucket,
    [tlsOnly(media.arn), readableByDistribution(media.arn, delivery.arn)],
    { parent: media },
  );
  const database = new Database(name, {
    settings: settings.database,
    subnetIds: site.apply(({ privateSubnetIds }) => [...privateSubnetIds]),
    securityGroupId: groupsOf(site, settings.environment).databaseId,
    password: config.requireSecret('databasePassword'),
    isProtected: settings.protectData,
    tags,
  });
  return output({
    sourceBucket: sources.bucket,
    sourceBucketArn: sources.arn,
    mediaBucket: media.bucket,
    mediaBucketArn: media.arn,
    distributionId: delivery.id,
    distributionArn: delivery.arn,
    playbackUrl: delivery.url,
    databaseUrl: database.url,
    databaseId: database.identifier,
    connectionsMax: database.connectionsMax,
  });
}

/** The data that another stack holds. */
export function referencedData(stack: string): Output<DataFacts> {
  return new StackReference(stack).requireOutput('data').apply((data) => data as DataFacts);
}
