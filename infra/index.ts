import { Config, log, runtime } from '@pulumi/pulumi';
import { unknownKeys } from './known-keys.ts';
import { settingsFrom } from './settings.ts';

/**
 * One stack: the cloud and the layer that its configuration names. What it returns is what `pulumi stack output` shows.
 * A cloud's code is loaded only where it is wanted.
 */
export default async function deploy(): Promise<Record<string, unknown>> {
  const config = new Config();
  const settings = settingsFrom(config);
  const unknown = unknownKeys(settings.cloud, Object.keys(runtime.allConfig()));
  if (unknown !== null) await log.warn(unknown);
  const cloud = settings.cloud === 'aws' ? await import('./aws/index.ts') : await import('./do/index.ts');
  return cloud.deploy(settings, config);
}
