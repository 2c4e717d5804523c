import * as digitalocean from '@pulumi/digitalocean';
import { type Output, StackReference } from '@pulumi/pulumi';
import type { DatabasePart } from '../platform.ts';
import type { Settings } from '../settings.ts';
import { Database } from './database.ts';
import { DatabaseAlerts } from './database-alerts.ts';
import type { DoSettings } from './do-settings.ts';
import { mediaLifecycle, sourceLifecycle } from './lifecycles.ts';
import { MediaCdn } from './media-cdn.ts';
import { projectEnvironment } from './project-environment.ts';
import { type NetworkFacts, networkOf, type SiteFacts } from './site.ts';
import { Space } from './space.ts';
import { spacesProvider } from './spaces-provider.ts';

/** What the application of an environment needs of its data, beside the database's secret address. */
export interface DataFacts {
  readonly sourceBucket: Output<string>;
  readonly mediaBucket: Output<string>;
  readonly playbackUrl: Output<string>;
  readonly cdnEndpointId: Output<string>;
  readonly projectId: Output<string>;
  readonly database: DatabasePart;
}

/** The data of an environment in this stack: it outlives every deploy, and by default `pulumi destroy` too. */
export function makeData(
  settings: Settings,
  { region, mediaDomain }: DoSettings,
  site: Output<SiteFacts>,
): DataFacts {
  const { environment, protectData } = settings;
  const name = `sluice-${environment}`;
  const provider = spacesProvider(name);
  const shared = { region, isDisposable: !protectData };
  const sources = new Space(
    `${name}-sources`,
    {
      ...shared,
      isVersioned: true,
      cors: {
        origins: settings.service.corsOrigins.split(',').map((origin) => origin.trim()),
        methods: ['PUT', 'GET', 'HEAD', 'POST'],
      },
      lifecycleRules: sourceLifecycle(),
    },
    { provider },
  );
  const media = new Space(
    `${name}-media`,
    {
      ...shared,
      isVersioned: false,
      // The CDN only passes the bucket's answer on, and keeps one for all pages.
      cors: { origins: ['*'], methods: ['GET', 'HEAD'] },
      lifecycleRules: mediaLifecycle(),
    },
    { provider },
  );
  const cdn = new MediaCdn(`${name}-media`, { originDomainName: media.domainName, domain: mediaDomain });
  const project = new digitalocean.Project(name, {
    description: 'Upload, transcoding and playback of video',
    purpose: 'Service or API',
    environment: projectEnvironment(environment),
  });
  new digitalocean.ProjectResources(
    name,
    { project: project.id, resources: [sources.spaceUrn, media.spaceUrn] },
    { parent: project },
  );
  const network: Output<NetworkFacts> = networkOf(site, { environment, region });
  const database = new Database(name, {
    settings: settings.database,
    region,
    network: { vpcId: network.vpcId, cidr: network.cidr },
    projectId: project.id,
    tags: ['sluice', environment],
    isProtected: protectData,
  });
  new DatabaseAlerts(name, { clusterId: database.clusterId, email: settings.alarmEmail });
  return {
    sourceBucket: sources.bucket,
    mediaBucket: media.bucket,
    playbackUrl: cdn.url,
    cdnEndpointId: cdn.endpointId,
    projectId: project.id,
    database,
  };
}

/** What a stack shows of its data for others to refer to: the address of the database apart, as it is a secret. */
export function dataOutputs({ database, ...facts }: DataFacts): Record<string, unknown> {
  const { url, caCertificate, connectionsMax } = database;
  return { data: { ...facts, caCertificate, connectionsMax }, databaseUrl: url };
}

interface ShownData {
  readonly sourceBucket: string;
  readonly mediaBucket: string;
  readonly playbackUrl: string;
  readonly cdnEndpointId: string;
  readonly projectId: string;
  readonly caCertificate: string;
}

/** The data that another stack holds. What it takes of connections is told by this stack's own `databaseSize`. */
export function referencedData(stack: string, connectionsMax: number): DataFacts {
  const reference = new StackReference(stack);
  const shown = reference.requireOutput('data').apply((data) => data as ShownData);
  return {
    sourceBucket: shown.sourceBucket,
    mediaBucket: shown.mediaBucket,
    playbackUrl: shown.playbackUrl,
    cdnEndpointId: shown.cdnEndpointId,
    projectId: shown.projectId,
    database: {
      url: reference.requireOutput('databaseUrl').apply(String),
      caCertificate: shown.caCertificate,
      connectionsMax,
    },
  };
}
