import type { Settings } from '../settings.ts';

/** On every resource that takes tags: by them costs are told apart, and alarms find what is ours. */
export function tagsOf({
  environment,
  layer,
}: Pick<Settings, 'environment' | 'layer'>): Record<string, string> {
  return { project: 'sluice', environment, layer };
}
