import type { Inputs, Rule } from '../rules.ts';
import { sharedRules } from '../shared-rules.ts';
import { TypeDefinitions } from '../type-definitions.ts';
import { ACCESS_RULES } from './access-rules.ts';
import { APP_RULES } from './app-rules.ts';
import { METRIC_RULES } from './metric-rules.ts';
import { NAME_FORMS } from './name-forms.ts';
import { NETWORK_RULES } from './network-rules.ts';
import { REGION } from './recording.ts';
import { regionsApart } from './region-rules.ts';
import { STORAGE_RULES } from './storage-rules.ts';

export const DEFINITIONS = new TypeDefinitions('aws');

export const SHARED_RULES = sharedRules({
  definitions: DEFINITIONS,
  names: NAME_FORMS,
  roots: [],
  isTagged: (tags) => {
    const { project, environment, layer } = (tags ?? {}) as Inputs;
    return project === 'sluice' && typeof environment === 'string' && typeof layer === 'string';
  },
  untagged: {},
});

/** What holds for any stack, by what it says. */
export const RULES: Readonly<Record<string, Rule>> = {
  ...STORAGE_RULES,
  ...ACCESS_RULES,
  ...APP_RULES,
  ...METRIC_RULES,
  ...NETWORK_RULES,
  'each region names what is its own': regionsApart(DEFINITIONS, REGION),
  ...SHARED_RULES,
};
