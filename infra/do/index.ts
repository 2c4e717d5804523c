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

/**
 * Everything that a stack's layer holds on DigitalOcean. Layers that it does not hold are read from the stacks that do:
 * `data` and `app` name the site's, `app` names the data's too. Nothing is made here for want of a name: a second, empty
 * database would stand beside the real one.
 */
export async function deploy(settings: Settings, config: Config): Promise<Record<string, unknown>> {
  refuseUnavailable(settings);
  const { layer } = settings;
  const own = doSettingsFrom(config);
  // Both names first: nothing is read or made while one is missing.
  const siteStack = layer === 'data' || layer === 'app' ? needed('siteStack', settings) : null;
  const dataStack = layer === 'app' ? needed('dataStack', settings) : null;
  const site = siteStack === null ? makeSite(settings, own) : referencedSite(siteStack);
  if (layer === 'site') return { site };
  const { connectionsMax } = DATABASE_SIZES[settings.database.size];
  const data = dataStack === null ? makeData(settings, own, site) : referencedData(dataStack, connectionsMax);
  if (layer === 'data') return { ...dataOutputs(data), playbackUrl: data.playbackUrl };
  return { ...makeApplication(settings, own, config, { site, data }) };
}

function needed(key: 'siteStack' | 'dataStack', settings: Settings): string {
  const stack = settings[key];
  if (stack !== null) return stack;
  throw new Error(`${key} must name a stack where layer is ${settings.layer}: organization/project/stack`);
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
