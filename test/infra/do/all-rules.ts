import type { Rule } from '../rules.ts';
import { sharedRules } from '../shared-rules.ts';
import { TypeDefinitions } from '../type-definitions.ts';
import { APP_RULES } from './app-rules.ts';
import { DATA_RULES } from './data-rules.ts';
import { NAME_FORMS } from './name-forms.ts';

export const DEFINITIONS = new TypeDefinitions('digitalocean');

export const SHARED_RULES = sharedRules({
  definitions: DEFINITIONS,
  names: NAME_FORMS,
  roots: [
    { resource: /^Project /, reason: 'where the control panel files the rest' },
    { resource: /^ContainerRegistry /, reason: 'an account has one, for all environments' },
    { resource: /^SpacesKey .*-stack$/, reason: 'the key by which the stack itself makes buckets' },
    { resource: /^digitalocean .*-spaces$/, reason: 'the provider that uses that key' },
  ],
  isTagged: (tags) => Array.isArray(tags) && tags.includes('sluice'),
  untagged: { MonitorAlert: 'its tags choose what is watched' },
});

/** What holds for any stack, by name. */
export const RULES: Readonly<Record<string, Rule>> = { ...DATA_RULES, ...APP_RULES, ...SHARED_RULES };
