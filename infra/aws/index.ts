import { type Config, interpolate, type Output } from '@pulumi/pulumi';
import type { StackOutputs } from '../platform.ts';
import type { Settings } from '../settings.ts';
import { makeApplication } from './app.ts';
import { awsSettingsFrom } from './aws-settings.ts';
import { type DataFacts, makeData, referencedData, storageIn } from './data.ts';
import { refuseNotOffered } from './not-offered.ts';
import { refuseNamesOfSecond, secondRegionOf } from './second-region.ts';
import { makeSite, referencedSite } from './site.ts';

/**
 * Everything that a stack's layer holds on AWS. Layers that it does not hold are read from the stacks that do: `data` and
 * `app` name the site's, `app` names the data's too.
 */
export async function deploy(settings: Settings, config: Config): Promise<Record<string, unknown>> {
  const { layer } = settings;
  refuseNotOffered(settings);
  refuseNamesOfSecond(settings.environment);
  const awsSettings = awsSettingsFrom(config);
  const second = secondRegionOf(settings, awsSettings);
  const dataStack = layer === 'app' ? needed('dataStack', settings.dataStack, layer) : null;
  const site =
    layer === 'all' || layer === 'site'
      ? makeSite(settings, awsSettings, second)
      : referencedSite(needed('siteStack', settings.siteStack, layer));
  const registry = { repositoryUrl: site.repositoryUrl };
  if (layer === 'site') return { site, ...registry };
  const data =
    dataStack === null ? makeData(settings, awsSettings, config, site, second) : referencedData(dataStack);
  if (layer === 'data')
    return {
      data: data.facts,
      databaseUrl: data.databaseUrl,
      playbackUrl: data.facts.playbackUrl,
      distributionName: data.facts.distributionName,
    };
  const app = makeApplication(settings, awsSettings, config, site, data, second);
  return {
    ...outputsOf(app.publicUrl, data.facts),
    ...registry,
    loadBalancerName: app.loadBalancerName,
    distributionName: data.facts.distributionName,
    clusterName: app.compute.clusterName,
    onceTaskArn: app.compute.onceTaskArn,
    ...(second && secondOutputs(data.facts, second.region)),
    ...(app.secondClusterName && { secondClusterName: app.secondClusterName }),
  };
}

function outputsOf(publicUrl: Output<string>, data: Output<DataFacts>): StackOutputs {
  return {
    apiUrl: publicUrl,
    playbackUrl: data.playbackUrl,
    sourceBucket: data.sourceBucket,
    mediaBucket: data.mediaBucket,
    webhookUrl: interpolate`${publicUrl}/webhooks`,
  };
}

/** What `stackOutputs` says of the home region, of the second one. The API's address is the same. */
function secondOutputs(data: Output<DataFacts>, region: string) {
  const there = storageIn(data, region);
  return {
    secondPlaybackUrl: there.playbackUrl,
    secondSourceBucket: there.sourceBucket,
    secondMediaBucket: there.mediaBucket,
  };
}

function needed(key: string, stack: string | null, layer: string): string {
  if (stack !== null) return stack;
  throw new Error(`${key} must name a stack where layer is ${layer}: organization/project/stack`);
}
