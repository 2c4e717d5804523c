import type { Config } from '@pulumi/pulumi';
import type { Settings } from '../settings.ts';
import { makeData, referencedData } from './data.ts';
import { makeSite, referencedSite } from './site.ts';

/** Everything that a stack's layer holds on AWS. Layers that it does not hold are read from the stacks that do. */
export async function deploy(settings: Settings, config: Config): Promise<Record<string, unknown>> {
  const site = settings.siteStack === null ? makeSite(settings) : referencedSite(settings.siteStack);
  if (settings.layer === 'site') return { site };
  const data =
    settings.dataStack === null ? makeData(settings, config, site) : referencedData(settings.dataStack);
  return { site, data };
}
