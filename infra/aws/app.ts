import * as aws from '@pulumi/aws';
import { all, type Config, interpolate, type Output, output } from '@pulumi/pulumi';
import { refuseTooManyConnections } from '../connections.ts';
import { environmentOf } from '../environment.ts';
import type { Platform } from '../platform.ts';
import { hasTwoRegions } from '../second-platform.ts';
import { serviceSecretsFrom } from '../service-secrets.ts';
import type { ServiceSettings, Settings } from '../settings.ts';
import { placeOf } from './access/role.ts';
import { signingKeyFor } from './access/signing-key.ts';
import { UserPool } from './access/user-pool.ts';
import { Alarms } from './alarms/alarms.ts';
import { monthlyBudget } from './alarms/budget.ts';
import { COLLECTOR_ENDPOINT } from './alarms/collector.ts';
import { makeDashboard } from './alarms/dashboard.ts';
import type { AwsSettings } from './aws-settings.ts';
import { Canary } from './canary/canary.ts';
import { canaryIdentityFrom } from './canary/canary-identity.ts';
import { Compute } from './compute/compute.ts';
import { type Data, storageIn } from './data.ts';
import { DATABASE_CLASSES } from './database/database.ts';
import { Entrance } from './entrance/entrance.ts';
import { EventWebhook, jobChangedPattern, objectCreatedPattern } from './events.ts';
import { homeNetwork, secondNetwork } from './network/application-network.ts';
import { SecondApplication } from './second-application.ts';
import { type SecondRegion, thereOf } from './second-region.ts';
import type { SiteFacts } from './site.ts';
import { storagePart } from './storage/storage-part.ts';
import { tagsOf } from './tags.ts';
import { transcodingPart } from './transcoding/transcoding-part.ts';

/** What outputs tell of the application. */
export interface Application {
  readonly publicUrl: Output<string>;
  /** In DNS: where a name of the API leads that no zone of ours holds. */
  readonly loadBalancerName: Output<string>;
  readonly compute: Compute;
  /** Null where the API runs in one region. */
  readonly secondClusterName: Output<string> | null;
}

/** The application of an environment: what a deploy changes. Nothing of it is needed to keep the data. */
export function makeApplication(
  settings: Settings,
  awsSettings: AwsSettings,
  config: Config,
  site: Output<SiteFacts>,
  { facts: data, databaseUrl }: Data,
  second: SecondRegion | null,
): Application {
  const tags = tagsOf(settings);
  const name = `sluice-${settings.environment}`;
  const place = placeOf(awsSettings);
  const service = serviceSettings(name, settings, tags);
  const secrets = serviceSecretsFrom(config, { service });
  const probe = settings.extras.canary ? canaryIdentityFrom(config, service.tokens, secrets.jwt) : null;
  const instances = { api: (second ? 2 : 1) * settings.api.max, worker: settings.worker.max };
  const refuseTooMany = (connectionsMax: number) =>
    refuseTooManyConnections(instances, settings.service.databasePoolSize, connectionsMax);
  // Of this stack it is known in a preview; another one's database may have another size.
  if (settings.layer === 'all') refuseTooMany(DATABASE_CLASSES[settings.database.size].connectionsMax);
  const home = homeNetwork(site, settings.environment, settings.domain);
  const there = second && storageIn(data, second.region);
  const entrance = new Entrance(name, {
    domain: settings.domain,
    aws: awsSettings,
    region: second && aws.config.requireRegion(),
    proof: null,
    vpcId: home.vpcId,
    subnetIds: home.entranceSubnetIds,
    securityGroupId: home.loadBalancerGroupId,
    logBucket: data.logBucket,
    webhookSecret: secrets.webhook,
    isProtected: settings.protectData,
    tags,
  });
  const sourceBucketArns = [data.sourceBucketArn, ...(there ? [there.sourceBucketArn] : [])];
  const signingKey = signingKeyFor(name, awsSettings, sourceBucketArns, { place, tags });
  const { part: transcoding, queueArn } = transcodingPart(name, settings, awsSettings, config, {
    data,
    place,
  });
  const platform: Platform = {
    cloud: 'aws',
    publicUrl: entrance.publicUrl,
    ...storagePart(data, aws.config.requireRegion(), signingKey),
    ...(second && there && { second: storagePart(there, second.region, signingKey) }),
    database: {
      url: all([databaseUrl, data.connectionsMax]).apply(([url, connectionsMax]) => {
        refuseTooMany(connectionsMax);
        return url;
      }),
      caCertificate: output(awsSettings.databaseCaCert),
      connectionsMax: DATABASE_CLASSES[settings.database.size].connectionsMax,
    },
    transcoding,
    secrets,
    machine: { costMachine: settings.arm ? 'fargate-arm' : 'fargate-x86', tmpMaxBytes: null },
  };
  const serviceTold = { ...service, ...(probe && { canarySubject: probe.subject }) };
  const compute = new Compute(name, {
    settings,
    variables: environmentOf(platform, serviceTold),
    transcoding,
    site,
    storages: [data, ...(there ? [there] : [])],
    standing: home.standing,
    entrance,
    migrationMaxMinutes: awsSettings.migrationMaxMinutes,
    place,
    tags,
  });
  const canary =
    probe &&
    new Canary(name, {
      environment: settings.environment,
      // Not before there is somebody to call.
      apiUrl: all([entrance.publicUrl, compute.apiServiceName]).apply(([url]) => url),
      token: probe.token,
      place,
      tags,
    });
  const eventWebhooks = [
    new EventWebhook(`${name}-storage`, {
      pattern: objectCreatedPattern(data.sourceBucket),
      endpoint: interpolate`${entrance.publicUrl}/webhooks/storage`,
      secret: secrets.storageWebhook,
      place,
      tags,
    }),
    ...(queueArn === null || transcoding.kind !== 'mediaconvert'
      ? []
      : [
          new EventWebhook(`${name}-jobs`, {
            pattern: jobChangedPattern(queueArn),
            endpoint: interpolate`${entrance.publicUrl}/webhooks/mediaconvert`,
            secret: transcoding.webhookSecret,
            place,
            tags,
          }),
        ]),
  ];
  const alarms = new Alarms(name, {
    environment: settings.environment,
    subjects: {
      balancer: entrance.balancer.arnSuffix,
      distributionId: data.distributionId,
      home: { databaseId: data.databaseId, connectionsMax: platform.database.connectionsMax },
      checkId: entrance.checkId,
      firewall: entrance.firewall,
      region: place.region,
      deadLetterQueues: eventWebhooks.map(({ deadLetterQueueName }) => deadLetterQueueName),
      canary: canary?.canaryName ?? null,
    },
    cdnTopicArn: null,
    email: settings.alarmEmail,
    runbooksUrl: settings.runbooksUrl,
    accountId: place.accountId,
    tags,
  });
  const away =
    second && there && awsSettings.secondApi && hasTwoRegions(platform)
      ? new SecondApplication(
          thereOf(name),
          {
            settings,
            aws: awsSettings,
            service: serviceTold,
            platform,
            second,
            home: { place, entrance, compute, alarms, repositoryArn: site.repositoryArn, data },
            network: secondNetwork(site, settings.environment, second.region),
            data: there,
            tags,
          },
          second.options,
        )
      : null;
  const beside = { parent: alarms };
  makeDashboard(
    name,
    {
      environment: settings.environment,
      place,
      compute,
      entrance,
      data,
      canary: canary?.canaryName ?? null,
      there: away?.shown ?? null,
    },
    beside,
  );
  if (settings.budgetUsd !== null)
    monthlyBudget(name, { budgetUsd: settings.budgetUsd, topicArn: alarms.topicArn, tags }, beside);
  return {
    publicUrl: entrance.publicUrl,
    loadBalancerName: entrance.balancer.dnsName,
    compute,
    secondClusterName: away?.clusterName ?? null,
  };
}

/** Traces go to the collector beside the task, unless the configuration names another; users may be of a pool made here. */
function serviceSettings(
  name: string,
  { service, extras, protectData }: Settings,
  tags: Readonly<Record<string, string>>,
): ServiceSettings {
  return {
    ...service,
    otlpEndpoint: service.otlpEndpoint ?? (extras.tracing ? COLLECTOR_ENDPOINT : null),
    ...(extras.userPool && { tokens: new UserPool(name, { isProtected: protectData, tags }).tokens }),
  };
}
