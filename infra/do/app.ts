import { interpolate, type Output } from '@pulumi/pulumi';
import { environmentOf } from '../environment.ts';
import type { StackOutputs } from '../platform.ts';
import { hasTwoRegions, seenFromSecond } from '../second-platform.ts';
import type { Settings } from '../settings.ts';
import { Application } from './application.ts';
import type { ApplicationPlan } from './application-plan.ts';
import type { DataFacts } from './data.ts';
import type { DoSettings } from './do-settings.ts';
import { type PlatformParts, platformOf } from './platform.ts';
import { networkOf, type SiteFacts, secondNetworkOf } from './site.ts';
import type { StorageFacts } from './storage.ts';
import { StorageKeys } from './storage-keys.ts';
import { Uptime } from './uptime.ts';

/** What an application stands on. */
export interface Foundations {
  readonly site: Output<SiteFacts>;
  readonly data: DataFacts;
  readonly plan: ApplicationPlan;
}

/** What is shown besides where there are two regions: the balancer's pools, and the other storage. */
export interface SecondOutputs {
  readonly homeApiUrl: Output<string>;
  /** Left out where the second region has no API. */
  readonly secondApiUrl?: Output<string>;
  readonly secondPlaybackUrl: Output<string>;
  readonly secondSourceBucket: Output<string>;
  readonly secondMediaBucket: Output<string>;
}

/** What a deploy replaces: keys, the apps and who watches them. */
export function makeApplication(
  settings: Settings,
  own: DoSettings,
  { site, data, plan }: Foundations,
): StackOutputs & Partial<SecondOutputs> {
  const { environment, service, domain, alarmEmail: email } = settings;
  const { region } = own;
  const { second } = data;
  const name = `sluice-${environment}`;
  const { api, image } = plan;
  const shared = {
    projectId: data.projectId,
    image,
    registryCredentials: own.registryCredentials,
    api,
    alarmEmail: email,
  };
  const keys = keysOf(name, settings, data);
  const platform = platformOf(settings, { data, plan, keys, coconutRegion: own.coconutRegion });
  const hasSecondApi = second !== null && own.secondApi;
  const home = new Application(name, {
    ...shared,
    region,
    vpcId: networkOf(site, { environment, region }).vpcId,
    variables: environmentOf(platform, service),
    worker: plan.worker,
    // Neither of two apps is told of a domain that a balancer in front of them serves.
    domain: domain === null || hasSecondApi ? null : { name: domain, zone: own.zone },
  });
  const apiUrl = domain === null ? home.url : interpolate`https://${domain}`;
  const outputs = outputsOf(apiUrl, data.storage);
  new Uptime(name, { url: interpolate`${apiUrl}/health/live`, email });
  if (second === null || !hasTwoRegions(platform)) return outputs;
  const secondOutputs = { homeApiUrl: home.ownUrl, ...secondStorageOutputs(second) };
  if (!hasSecondApi) return { ...outputs, ...secondOutputs };
  const there = new Application(`${name}-${second.region}`, {
    ...shared,
    region: second.region,
    vpcId: secondNetworkOf(site, { environment, region: second.region }).vpcId,
    variables: environmentOf(seenFromSecond(platform), service),
    worker: null,
    domain: null,
    // The home migrates, and nobody may put videos where its processes do not look yet.
    after: home,
  });
  for (const [place, { ownUrl }] of [[region, home] as const, [second.region, there] as const])
    new Uptime(`${name}-${place}`, { url: interpolate`${ownUrl}/health/live`, email });
  return { ...outputs, ...secondOutputs, secondApiUrl: there.ownUrl };
}

/** Coconut gets one to the home's media only: the other storage's videos are FFmpeg's. */
function keysOf(
  name: string,
  { transcoder }: Settings,
  { storage, second }: DataFacts,
): PlatformParts['keys'] {
  return {
    home: new StorageKeys(name, { ...storage, hasCoconut: transcoder === 'coconut' }),
    second: second && new StorageKeys(`${name}-${second.region}`, { ...second, hasCoconut: false }),
  };
}

function secondStorageOutputs({ playbackUrl, sourceBucket, mediaBucket }: StorageFacts) {
  return {
    secondPlaybackUrl: playbackUrl,
    secondSourceBucket: sourceBucket,
    secondMediaBucket: mediaBucket,
  };
}

function outputsOf(apiUrl: Output<string>, storage: StorageFacts): StackOutputs {
  const { playbackUrl, sourceBucket, mediaBucket } = storage;
  return { apiUrl, playbackUrl, sourceBucket, mediaBucket, webhookUrl: interpolate`${apiUrl}/webhooks` };
}
