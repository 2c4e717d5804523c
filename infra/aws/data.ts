import * as aws from '@pulumi/aws';
import { type Config, type Output, output, StackReference, secret } from '@pulumi/pulumi';
import type { Settings } from '../settings.ts';
import { StorageAudit } from './audit.ts';
import type { AwsSettings } from './aws-settings.ts';
import { PrivateBucket } from './bucket.ts';
import { bucketPolicy, readableByDistribution, tlsOnly } from './bucket-policy.ts';
import { Database } from './database.ts';
import { playbackFirewall } from './firewall.ts';
import { archiveUnused, mediaLifecycle, sourceLifecycle } from './lifecycles.ts';
import { LogBucket } from './log-bucket.ts';
import { MediaDistribution } from './media-distribution.ts';
import { PlaybackLogs } from './playback-logs.ts';
import { placeOf } from './role.ts';
import { groupsOf, type SiteFacts } from './site.ts';
import { tagsOf } from './tags.ts';

/** What the application of an environment needs of its data. */
export interface DataFacts {
  readonly sourceBucket: string;
  readonly sourceBucketArn: string;
  readonly mediaBucket: string;
  readonly mediaBucketArn: string;
  readonly logBucket: string;
  readonly distributionId: string;
  readonly distributionArn: string;
  readonly playbackUrl: string;
  readonly databaseId: string;
  readonly connectionsMax: number;
}

/** Apart, as one secret would make the whole object one. */
export interface Data {
  readonly facts: Output<DataFacts>;
  /** A secret. */
  readonly databaseUrl: Output<string>;
}

/** The data of an environment in this stack: it outlives every deploy, and by default `pulumi destroy` too. */
export function makeData(
  settings: Settings,
  awsSettings: AwsSettings,
  config: Config,
  site: Output<SiteFacts>,
): Data {
  const tags = tagsOf(settings);
  const name = `sluice-${settings.environment}`;
  const isDisposable = !settings.protectData;
  const place = placeOf();
  const origins = settings.service.corsOrigins.split(',').map((origin) => origin.trim());
  const logs = new LogBucket(`${name}-logs`, { place, isDisposable, tags });
  const sources = new PrivateBucket(`${name}-sources`, {
    isVersioned: true,
    cors: { origins, methods: ['PUT', 'GET', 'HEAD', 'POST'] },
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
  // One a bucket: it tells EventBridge of every object, and rules choose.
  new aws.s3.BucketNotification(
    `${name}-sources`,
    { bucket: sources.bucket, eventbridge: true },
    { parent: sources },
  );
  if (awsSettings.archiveUnusedAfterDays !== null)
    archiveUnused(`${name}-sources`, sources.bucket, awsSettings.archiveUnusedAfterDays, { parent: sources });
  const delivery = new MediaDistribution(`${name}-media`, {
    originDomainName: media.regionalDomainName,
    corsOrigins: origins,
    webAclArn: playbackFirewall(`${name}-playback`, tags, {}).arn,
    signerKeys: awsSettings.signerKeys,
    own: awsSettings.media,
    tags,
  });
  if (awsSettings.playbackLogs)
    new PlaybackLogs(`${name}-playback`, {
      distributionArn: delivery.arn,
      distributionId: delivery.id,
      bucket: logs.bucket,
      bucketArn: logs.arn,
      accountId: place.accountId,
      environment: settings.environment,
      tags,
    });
  if (settings.extras.storageAudit)
    new StorageAudit(`${name}-audit`, { bucketArns: [sources.arn, media.arn], place, isDisposable, tags });
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
  const facts = output({
    sourceBucket: sources.bucket,
    sourceBucketArn: sources.arn,
    mediaBucket: media.bucket,
    mediaBucketArn: media.arn,
    logBucket: logs.bucket,
    distributionId: delivery.id,
    distributionArn: delivery.arn,
    playbackUrl: delivery.url,
    databaseId: database.identifier,
    connectionsMax: database.connectionsMax,
  });
  return { facts, databaseUrl: database.url };
}

/** The data that another stack holds. */
export function referencedData(stack: string): Data {
  const reference = new StackReference(stack);
  return {
    facts: reference.requireOutput('data').apply((data) => data as DataFacts),
    databaseUrl: secret(reference.requireOutput('databaseUrl').apply(String)),
  };
}
