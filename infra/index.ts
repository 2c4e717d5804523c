import { Config } from '@pulumi/pulumi';
import { settingsFrom } from './settings.ts';

/**
 * One stack: the cloud and the layer that its configuration names. What it returns is what `pulumi stack output` shows.
 * A cloud's code is loaded only where it is wanted.
 */
export default async function deploy(): Promise<Record<string, unknown>> {
  const config = new Config();
  const settings = settingsFrom(config);
  const cloud = settings.cloud === 'aws' ? await import('./aws/index.ts') : await import('./do/index.ts');
  return cloud.deploy(settings, config);
}
