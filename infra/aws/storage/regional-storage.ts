import * as aws from '@pulumi/aws';
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi';
import type { Settings } from '../../settings.ts';
import type { Place } from '../access/role.ts';
import { StorageAudit } from '../audit.ts';
import type { AwsSettings } from '../aws-settings.ts';
import { MediaDistribution } from '../delivery/media-distribution.ts';
import { PlaybackLogs } from '../delivery/playback-logs.ts';
import type { Told } from '../facts.ts';
import { PrivateBucket } from './bucket.ts';
import { bucketPolicy, readableByDistribution, tlsOnly } from './bucket-policy.ts';
import { archiveUnused, mediaLifecycle, sourceLifecycle } from './lifecycles.ts';
import { LogBucket } from './log-bucket.ts';

/** What the application of an environment needs of its storage in one region. */
export interface StorageFacts {
  readonly sourceBucket: string;
  readonly sourceBucketArn: string;
  readonly mediaBucket: string;
  readonly mediaBucketArn: string;
  readonly logBucket: string;
  readonly distributionId: string;
  readonly distributionArn: string;
  /** CloudFront's name of the CDN, whatever domain it has besides. */
  readonly distributionName: string;
  readonly playbackUrl: string;
}

export interface RegionalStorageArgs {
  readonly settings: Settings;
  readonly aws: AwsSettings;
  /** Before the CDN; in us-east-1. */
  readonly webAclArn: Output<string>;
  readonly place: Place;
  readonly tags: Readonly<Record<string, string>>;
}

/** The buckets of an environment in one region, the CDN before the second of them, and who writes down what happens there. */
export class RegionalStorage extends ComponentResource {
  readonly facts: Told<StorageFacts>;

  constructor(name: string, args: RegionalStorageArgs, options?: ComponentResourceOptions) {
    super('sluice:aws:RegionalStorage', name, {}, options);
    const child = { parent: this };
    const { settings, place, tags } = args;
    const isDisposable = !settings.protectData;
    const origins = settings.service.corsOrigins.split(',').map((origin) => origin.trim());
    const logs = new LogBucket(`${name}-logs`, { place, isDisposable, tags }, child);
    const sources = new PrivateBucket(
      `${name}-sources`,
      {
        isVersioned: true,
        cors: { origins, methods: ['PUT', 'GET', 'HEAD', 'POST'] },
        lifecycleRules: sourceLifecycle(settings.archiveAfterDays),
        isDisposable,
        tags,
      },
      child,
    );
    const media = new PrivateBucket(
      `${name}-media`,
      { isVersioned: false, cors: null, lifecycleRules: mediaLifecycle(), isDisposable, tags },
      child,
    );
    // One a bucket: it tells EventBridge of every object, and rules choose.
    new aws.s3.BucketNotification(
      `${name}-sources`,
      { bucket: sources.bucket, eventbridge: true },
      sources.own,
    );
    if (args.aws.archiveUnusedAfterDays !== null)
      archiveUnused(`${name}-sources`, sources.bucket, args.aws.archiveUnusedAfterDays, { parent: sources });
    const delivery = new MediaDistribution(
      `${name}-media`,
      {
        originDomainName: media.regionalDomainName,
        corsOrigins: origins,
        webAclArn: args.webAclArn,
        signerKeys: args.aws.signerKeys,
        own: args.aws.media,
        isProtected: settings.protectData,
        tags,
      },
      child,
    );
    if (args.aws.playbackLogs)
      new PlaybackLogs(
        `${name}-playback`,
        {
          distributionArn: delivery.arn,
          distributionId: delivery.id,
          bucket: logs.bucket,
          bucketArn: logs.arn,
          accountId: place.accountId,
          environment: settings.environment,
          tags,
        },
        child,
      );
    if (settings.extras.storageAudit)
      new StorageAudit(
        `${name}-audit`,
        { bucketArns: [sources.arn, media.arn], place, isDisposable, tags },
        child,
      );
    bucketPolicy(`${name}-sources`, sources.bucket, [tlsOnly(sources.arn)], sources.own);
    bucketPolicy(
      `${name}-media`,
      media.bucket,
      [tlsOnly(media.arn), readableByDistribution(media.arn, delivery.arn)],
      media.own,
    );
    this.facts = {
      sourceBucket: sources.bucket,
      sourceBucketArn: sources.arn,
      mediaBucket: media.bucket,
      mediaBucketArn: media.arn,
      logBucket: logs.bucket,
      distributionId: delivery.id,
      distributionArn: delivery.arn,
      distributionName: delivery.domainName,
      playbackUrl: delivery.url,
    };
    this.registerOutputs({ ...this.facts });
  }
}
