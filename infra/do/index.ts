import { type Config, interpolate, type Output } from '@pulumi/pulumi';
import { refuseTooManyConnections } from '../connections.ts';
import { environmentOf } from '../environment.ts';
import type { StackOutputs } from '../platform.ts';
import type { Settings } from '../settings.ts';
import { Application } from './application.ts';
import { type DataFacts, dataOutputs, makeData, referencedData } from './data.ts';
import { DATABASE_SIZES } from './database-sizes.ts';
import { type DoSettings, doSettingsFrom } from './do-settings.ts';
import { imageSource } from './image.ts';
import { platformOf, workerSize } from './platform.ts';
import { makeSite, networkOf, referencedSite, type SiteFacts } from './site.ts';
import { API_SIZES, instancesAtMost } from './sizes.ts';
import { StorageKeys } from './storage-keys.ts';
import { refuseUnavailable } from './unavailable.ts';
import { Uptime } from './uptime.ts';

/** Everything that a stack's layer holds on DigitalOcean. Layers that it does not hold are read from the stacks that do. */
export async function deploy(settings: Settings, config: Config): Promise<Record<string, unknown>> {
  refuseUnavailable(settings);
  refuseMissingStacks(settings);
  const own = doSettingsFrom(config);
  const site = settings.siteStack === null ? makeSite(settings, own) : referencedSite(settings.siteStack);
  if (settings.layer === 'site') return { site };
  const { connectionsMax } = DATABASE_SIZES[settings.database.size];
  const data =
    settings.dataStack === null
      ? makeData(settings, own, site)
      : referencedData(settings.dataStack, connectionsMax);
  const shown = { ...(settings.siteStack === null && { site }), ...dataOutputs(data) };
  if (settings.layer === 'data') return shown;
  const outputs = makeApplication(settings, own, config, { site, data });
  return settings.layer === 'all' ? { ...shown, ...outputs } : { ...outputs };
}

/** A layer by itself stands on others: made here by mistake, a second database would stand beside the real one. */
function refuseMissingStacks({ layer, siteStack, dataStack }: Settings): void {
  const missing = [
    ...((layer === 'data' || layer === 'app') && siteStack === null ? ['siteStack'] : []),
    ...(layer === 'app' && dataStack === null ? ['dataStack'] : []),
  ];
  if (missing.length > 0) throw new Error(`layer ${layer} needs ${missing.join(' and ')}`);
}

/** What a deploy replaces: keys, the app and who watches it. */
function makeApplication(
  settings: Settings,
  own: DoSettings,
  config: Config,
  { site, data }: { readonly site: Output<SiteFacts>; readonly data: DataFacts },
): StackOutputs {
  const { environment, service, domain, alarmEmail } = settings;
  const name = `sluice-${environment}`;
  const api = { fleet: settings.api, size: API_SIZES[settings.api.size] };
  const worker = { fleet: settings.worker, size: workerSize(settings) };
  refuseTooManyConnections(
    { api: instancesAtMost(api.fleet, api.size), worker: instancesAtMost(worker.fleet, worker.size) },
    service.databasePoolSize,
    data.database.connectionsMax,
  );
  const image = imageSource(settings.image);
  const keys = new StorageKeys(name, {
    sourceBucket: data.sourceBucket,
    mediaBucket: data.mediaBucket,
    hasCoconut: settings.transcoder === 'coconut',
  });
  const application = new Application(name, {
    region: own.region,
    vpcId: networkOf(site, { environment, region: own.region }).vpcId,
    projectId: data.projectId,
    image,
    registryCredentials: own.registryCredentials,
    variables: environmentOf(platformOf(settings, own, config, { data, keys }), service),
    api,
    worker,
    domain: domain === null ? null : { name: domain, zone: own.zone },
    alarmEmail,
  });
  new Uptime(name, { url: interpolate`${application.url}/health/live`, email: alarmEmail });
  return {
    apiUrl: application.url,
    playbackUrl: data.playbackUrl,
    sourceBucket: data.sourceBucket,
    mediaBucket: data.mediaBucket,
    webhookUrl: interpolate`${application.url}/webhooks`,
  };
}
