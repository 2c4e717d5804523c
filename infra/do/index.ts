import type { Config } from '@pulumi/pulumi';
import type { Settings } from '../settings.ts';

/** Everything that a stack's layer holds on DigitalOcean. Placeholder of the skeleton. */
export async function deploy(_settings: Settings, _config: Config): Promise<Record<string, unknown>> {
  throw new Error('The DigitalOcean stack is not built in yet');
}
