import type { Config } from '@pulumi/pulumi';
import type { Settings } from '../settings.ts';
import { makeApplication } from './app.ts';
import { applicationPlan } from './application-plan.ts';
import { makeData } from './data.ts';
import { DATABASE_SIZES } from './database-sizes.ts';
import { doSettingsFrom } from './do-settings.ts';
import { dataOutputs, referencedData } from './referenced-data.ts';
import { secondRegionOf } from './second-region.ts';
import { makeSite, referencedSite } from './site.ts';
import { refuseUnavailable } from './unavailable.ts';

/**
 * Everything that a stack's layer holds on DigitalOcean. Layers that it does not hold are read from the stacks that do:
 * `data` and `app` name the site's, `app` names the data's too. Nothing is made here for want of a name: a second, empty
 * database would stand beside the real one.
 */
export async function deploy(settings: Settings, config: Config): Promise<Record<string, unknown>> {
  refuseUnavailable(settings);
  const { layer } = settings;
  const own = doSettingsFrom(config);
  const { region } = own;
  const secondRegion = secondRegionOf(settings, own);
  // All of that first: nothing is read or made while something is missing.
  const siteStack = layer === 'data' || layer === 'app' ? needed('siteStack', settings) : null;
  const dataStack = layer === 'app' ? needed('dataStack', settings) : null;
  const plan = layer === 'all' || layer === 'app' ? applicationPlan(settings, own, config) : null;
  const site = siteStack === null ? makeSite(settings, own, secondRegion) : referencedSite(siteStack);
  if (layer === 'site') return { site };
  const { connectionsMax } = DATABASE_SIZES[settings.database.size];
  const data =
    dataStack === null
      ? makeData(settings, own, site, secondRegion)
      : referencedData(dataStack, { region, secondRegion, connectionsMax });
  if (plan === null) return { ...dataOutputs(data), playbackUrl: data.storage.playbackUrl };
  return { ...makeApplication(settings, own, { site, data, plan }) };
}

function needed(key: 'siteStack' | 'dataStack', settings: Settings): string {
  const stack = settings[key];
  if (stack !== null) return stack;
  throw new Error(`${key} must name a stack where layer is ${settings.layer}: organization/project/stack`);
}
