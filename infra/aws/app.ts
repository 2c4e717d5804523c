import * as aws from '@pulumi/aws';
import { all, type Config, interpolate, type Output, output } from '@pulumi/pulumi';
import { refuseTooManyConnections } from '../connections.ts';
import { environmentOf } from '../environment.ts';
import type { Platform, TranscodingPart } from '../platform.ts';
import { serviceSecretsFrom, transcoderWebhookSecret } from '../service-secrets.ts';
import type { ServiceSettings, Settings } from '../settings.ts';
import { Alarms } from './alarms.ts';
import type { AwsSettings } from './aws-settings.ts';
import { monthlyBudget } from './budget.ts';
import { Canary } from './canary.ts';
import { canaryIdentityFrom } from './canary-identity.ts';
import { CoconutKey } from './coconut-key.ts';
import { COLLECTOR_ENDPOINT } from './collector.ts';
import { Compute } from './compute.ts';
import { makeDashboard } from './dashboard.ts';
import type { Data, DataFacts } from './data.ts';
import { DATABASE_CLASSES } from './database.ts';
import { Entrance } from './entrance.ts';
import { EventWebhook, jobChangedPattern, objectCreatedPattern } from './events.ts';
import { type Place, placeOf } from './role.ts';
import type { GroupIds } from './security-groups.ts';
import type { Standing } from './service.ts';
import { signingKeyFor } from './signing-key.ts';
import type { SiteFacts } from './site.ts';
import { groupsOf } from './site-region.ts';
import { tagsOf } from './tags.ts';
import { MediaConvert } from './transcoding.ts';
import { UserPool } from './user-pool.ts';

/** What outputs tell of the application. */
export interface Application {
  readonly publicUrl: Output<string>;
  readonly compute: Compute;
}

/** The application of an environment: what a deploy changes. Nothing of it is needed to keep the data. */
export function makeApplication(
  settings: Settings,
  awsSettings: AwsSettings,
  config: Config,
  site: Output<SiteFacts>,
  { facts: data, databaseUrl }: Data,
): Application {
  const tags = tagsOf(settings);
  const name = `sluice-${settings.environment}`;
  const place = placeOf();
  const service = serviceSettings(name, settings, tags);
  const secrets = serviceSecretsFrom(config, { service });
  const probe = settings.extras.canary ? canaryIdentityFrom(config, service.tokens, secrets.jwt) : null;
  const groups = groupsOf(site, settings.environment);
  const entrance = new Entrance(name, {
    domain: settings.domain,
    aws: awsSettings,
    vpcId: site.vpcId,
    subnetIds: site.apply((facts) => entranceSubnets(facts, settings.domain)),
    securityGroupId: groups.loadBalancerId,
    logBucket: data.logBucket,
    webhookSecret: secrets.webhook,
    isProtected: settings.protectData,
    tags,
  });
  const { part: transcoding, queueArn } = transcodingOf(name, settings, awsSettings, config, { data, place });
  const platform: Platform = {
    cloud: 'aws',
    publicUrl: entrance.publicUrl,
    storage: {
      vendor: 'aws',
      region: aws.config.requireRegion(),
      endpoint: null,
      sourceBucket: data.sourceBucket,
      mediaBucket: data.mediaBucket,
      key: null,
      signingKey: signingKeyFor(name, awsSettings, [data.sourceBucketArn], tags),
    },
    delivery: { kind: 'cloudfront', url: data.playbackUrl, distributionId: data.distributionId },
    database: {
      url: all([databaseUrl, data.connectionsMax]).apply(([url, connectionsMax]) => {
        const instances = { api: settings.api.max, worker: settings.worker.max };
        refuseTooManyConnections(instances, settings.service.databasePoolSize, connectionsMax);
        return url;
      }),
      caCertificate: output(awsSettings.databaseCaCert),
      connectionsMax: DATABASE_CLASSES[settings.database.size].connectionsMax,
    },
    transcoding,
    secrets,
    machine: { costMachine: settings.arm ? 'fargate-arm' : 'fargate-x86', tmpMaxBytes: null },
  };
  const compute = new Compute(name, {
    settings,
    variables: environmentOf(platform, { ...service, ...(probe && { canarySubject: probe.subject }) }),
    transcoding,
    site,
    data,
    standing: standingIn(site, groups),
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
      databaseId: data.databaseId,
      firewall: entrance.firewall,
      region: place.region,
      deadLetterQueues: eventWebhooks.map(({ deadLetterQueueName }) => deadLetterQueueName),
      canary: canary?.canaryName ?? null,
    },
    connectionsMax: platform.database.connectionsMax,
    email: settings.alarmEmail,
    runbooksUrl: settings.runbooksUrl,
    accountId: place.accountId,
    tags,
  });
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
    },
    beside,
  );
  if (settings.budgetUsd !== null)
    monthlyBudget(name, { budgetUsd: settings.budgetUsd, topicArn: alarms.topicArn, tags }, beside);
  return { publicUrl: entrance.publicUrl, compute };
}

/** Who makes the renditions, with what that needs here. */
function transcodingOf(
  name: string,
  { transcoder, environment, ...settings }: Settings,
  awsSettings: AwsSettings,
  config: Config,
  { data, place }: { data: Output<DataFacts>; place: Place },
): { part: TranscodingPart; queueArn: Output<string> | null } {
  const tags = tagsOf({ ...settings, environment });
  if (transcoder === 'ffmpeg') return { part: { kind: 'ffmpeg' }, queueArn: null };
  const webhookSecret = transcoderWebhookSecret(config);
  if (transcoder === 'coconut')
    return {
      part: {
        kind: 'coconut',
        apiKey: awsSettings.coconutApiKey(),
        region: awsSettings.coconutRegion,
        storageKey: new CoconutKey(`${name}-coconut`, { mediaBucketArn: data.mediaBucketArn, tags }).key,
        webhookSecret,
      },
      queueArn: null,
    };
  const { roleArn, queueArn } = new MediaConvert(name, { data, place, tags });
  return { part: { kind: 'mediaconvert', roleArn, queueArn, webhookSecret }, queueArn };
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

/** Tasks stand in private subnets where these lead out, and else in public ones. */
function standingIn(site: Output<SiteFacts>, groups: Output<GroupIds>): Standing {
  return {
    subnetIds: site.apply((facts) => [
      ...(facts.hasPrivateEgress ? facts.privateSubnetIds : facts.publicSubnetIds),
    ]),
    securityGroupId: groups.serviceId,
    hasPublicAddress: site.hasPrivateEgress.apply((has) => !has),
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
