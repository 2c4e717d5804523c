import * as digitalocean from '@pulumi/digitalocean';
import type { Output } from '@pulumi/pulumi';
import type { DatabasePart } from '../platform.ts';
import type { Settings } from '../settings.ts';
import { Database } from './database.ts';
import { DatabaseAlerts } from './database-alerts.ts';
import type { DoSettings } from './do-settings.ts';
import { projectEnvironment } from './project-environment.ts';
import type { Region } from './regions.ts';
import { networkOf, type SiteFacts, secondNetworkOf } from './site.ts';
import { spacesProvider } from './spaces-provider.ts';
import { Storage, type StorageArgs, type StorageFacts } from './storage.ts';

/** What the application of an environment needs of its data, beside the database's secret address. */
export interface DataFacts {
  readonly storage: StorageFacts;
  /** Of the second region; null where there is one. */
  readonly second: StorageFacts | null;
  readonly projectId: Output<string>;
  readonly database: DatabasePart;
}

/** The data of an environment in this stack: it outlives every deploy, and by default `pulumi destroy` too. */
export function makeData(
  settings: Settings,
  { region, mediaDomain, secondMediaDomain }: DoSettings,
  site: Output<SiteFacts>,
  secondRegion: Region | null,
): DataFacts {
  const { environment, protectData } = settings;
  const name = `sluice-${environment}`;
  const shared: Pick<StorageArgs, 'corsOrigins' | 'isDisposable' | 'provider'> = {
    corsOrigins: settings.service.corsOrigins.split(',').map((origin) => origin.trim()),
    isDisposable: !protectData,
    provider: spacesProvider(name),
  };
  const storage = new Storage(name, { ...shared, region, mediaDomain });
  const second =
    secondRegion === null
      ? null
      : new Storage(`${name}-${secondRegion}`, {
          ...shared,
          region: secondRegion,
          mediaDomain: secondMediaDomain,
        });
  const project = new digitalocean.Project(name, {
    description: 'Upload, transcoding and playback of video',
    purpose: 'Service or API',
    environment: projectEnvironment(environment),
  });
  new digitalocean.ProjectResources(
    name,
    { project: project.id, resources: [...storage.spaceUrns, ...(second?.spaceUrns ?? [])] },
    { parent: project },
  );
  const home = networkOf(site, { environment, region });
  const database = new Database(name, {
    settings: settings.database,
    region,
    vpcId: home.vpcId,
    cidrs: [
      home.cidr,
      ...(secondRegion === null ? [] : [secondNetworkOf(site, { environment, region: secondRegion }).cidr]),
    ],
    projectId: project.id,
    tags: ['sluice', environment],
    isProtected: protectData,
  });
  new DatabaseAlerts(name, {
    clusterId: database.clusterId,
    email: settings.alarmEmail,
    runbooksUrl: settings.runbooksUrl,
  });
  return { storage: storage.facts, second: second?.facts ?? null, projectId: project.id, database };
}
