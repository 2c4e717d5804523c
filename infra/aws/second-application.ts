import { ComponentResource, type ComponentResourceOptions, interpolate, type Output } from '@pulumi/pulumi';
import { environmentOf } from '../environment.ts';
import { seenFromSecond, type TwoRegions } from '../second-platform.ts';
import type { ServiceSettings, Settings } from '../settings.ts';
import { apiGrants, mediaConvertCancelGrants } from './access/grants.ts';
import type { Place } from './access/role.ts';
import { Alarms } from './alarms/alarms.ts';
import type { RegionShown } from './alarms/dashboard.ts';
import type { AwsSettings } from './aws-settings.ts';
import { ApiService } from './compute/api-service.ts';
import { Cluster } from './compute/cluster.ts';
import type { Compute } from './compute/compute.ts';
import { Entrance } from './entrance/entrance.ts';
import { EventWebhook, objectCreatedPattern } from './events.ts';
import type { ApplicationNetwork } from './network/application-network.ts';
import type { SecondRegion } from './second-region.ts';
import type { StorageFacts } from './storage/regional-storage.ts';

/** What the home region's application has made that this one works with. */
export interface HomeApplication {
  readonly place: Place;
  readonly entrance: Entrance;
  readonly compute: Compute;
  readonly alarms: Alarms;
  readonly repositoryArn: Output<string>;
  readonly data: Output<StorageFacts>;
}

export interface SecondApplicationArgs {
  readonly settings: Settings;
  readonly aws: AwsSettings;
  readonly service: ServiceSettings;
  /** As the home region sees it. */
  readonly platform: TwoRegions;
  readonly second: SecondRegion;
  readonly home: HomeApplication;
  readonly network: ApplicationNetwork;
  readonly data: Output<StorageFacts>;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * The API in the second region: it puts new videos into the storage there, and reads and writes those of both. Workers and
 * database are the home region's. It starts when the services there are steady, since a process that would put videos
 * where others do not look refuses to.
 */
export class SecondApplication extends ComponentResource {
  readonly clusterName: Output<string>;
  /** For the dashboard. */
  readonly shown: RegionShown;

  constructor(name: string, args: SecondApplicationArgs, options?: ComponentResourceOptions) {
    super('sluice:aws:SecondApplication', name, {}, options);
    const child = { parent: this };
    const { settings, platform, second, home, network, data, tags } = args;
    const { place } = second;
    const entrance = new Entrance(
      name,
      {
        domain: settings.domain,
        // One that exists is of the home region.
        aws: { ...args.aws, certificateArn: null },
        region: second.region,
        proof: home.entrance.proof,
        vpcId: network.vpcId,
        subnetIds: network.entranceSubnetIds,
        securityGroupId: network.loadBalancerGroupId,
        logBucket: data.logBucket,
        webhookSecret: platform.secrets.webhook,
        // It may go and come at any time: callers are led to the other one.
        isProtected: false,
        tags,
      },
      child,
    );
    const cluster = new Cluster(
      name,
      {
        settings,
        variables: environmentOf(seenFromSecond(platform), args.service),
        repositoryArn: home.repositoryArn,
        place,
        tags,
      },
      child,
    );
    const cancels = platform.transcoding.kind === 'mediaconvert' ? mediaConvertCancelGrants(home.place) : [];
    const { hook, needs } = home.compute.migration;
    new ApiService(
      `${name}-api`,
      {
        cluster,
        settings,
        standing: network.standing,
        balancer: entrance.balancer,
        grants: [...apiGrants(data), ...apiGrants(home.data), ...cancels],
        measurements: home.compute.measurements,
        migration: { hook, needs: [...needs, home.compute] },
        tags,
      },
      child,
    );
    const uploads = new EventWebhook(
      `${name}-storage`,
      {
        pattern: objectCreatedPattern(data.sourceBucket),
        endpoint: interpolate`${platform.publicUrl}/webhooks/storage`,
        secret: platform.secrets.storageWebhook,
        place,
        tags,
      },
      child,
    );
    new Alarms(
      name,
      {
        environment: settings.environment,
        subjects: {
          home: null,
          balancer: entrance.balancer.arnSuffix,
          distributionId: data.distributionId,
          firewall: entrance.firewall,
          region: place.region,
          deadLetterQueues: [uploads.deadLetterQueueName],
          checkId: entrance.checkId,
          canary: null,
        },
        cdnTopicArn: home.alarms.cdnTopicArn,
        email: settings.alarmEmail,
        runbooksUrl: settings.runbooksUrl,
        accountId: place.accountId,
        tags,
      },
      child,
    );
    this.clusterName = cluster.cluster.name;
    this.shown = {
      region: second.region,
      balancer: entrance.balancer.arnSuffix,
      distributionId: data.distributionId,
    };
    this.registerOutputs({ clusterName: this.clusterName });
  }
}
