import { Config, type Output, runtime } from '@pulumi/pulumi';
import { expect, test } from 'vitest';
import { awsSettingsFrom } from '#infra/aws/aws-settings.ts';
import { doSettingsFrom } from '#infra/do/do-settings.ts';
import { settingsFrom } from '#infra/settings.ts';
import { STACKS as AWS_STACKS } from './aws/stacks.ts';
import { STACKS as DO_STACKS } from './do/stacks.ts';
import type { StackConfig } from './recording.ts';

const STACKS = { aws: AWS_STACKS, do: DO_STACKS };

/** What differs elsewhere than in the whole stacks, with where; by cloud. */
const ELSEWHERE = {
  aws: {
    layer: 'layers.test.ts',
    siteStack: 'layers.test.ts',
    dataStack: 'layers.test.ts',
    environments: 'layers.test.ts',
    secondRegion: 'second-region.test.ts',
    secondApi: 'second-region.test.ts',
    'extras.canary': 'canary.test.ts',
  },
  do: {
    layer: 'layers.test.ts',
    siteStack: 'layers.test.ts',
    dataStack: 'layers.test.ts',
    environments: 'layers.test.ts',
    secondRegion: 'second-region.test.ts',
    secondApi: 'second-region.test.ts',
    secondMediaDomain: 'second-region.test.ts',
    protectData: 'whole-stack.test.ts',
  },
} as const;

/** What each cloud has one of. */
const OF_CLOUD = ['cloud', 'service.maxRequestSeconds'];

/** What DigitalOcean has not: refusals.test.ts asks for each. */
const REFUSED_ON_DO = /^(?:arm|spot|nat|archiveAfterDays|budgetUsd|database\.backupDays|extras\.\w+)$/;

/** What a configuration comes to, by the path of each setting. */
function settingsOf(cloud: 'aws' | 'do', given: StackConfig): Map<string, string> {
  const keys = Object.entries(given).map(([key, value]) => [`sluice:${key}`, value]);
  runtime.setAllConfig(Object.fromEntries(keys));
  const config = new Config('sluice');
  const own = cloud === 'aws' ? awsSettingsFrom(config) : doSettingsFrom(config);
  return new Map(leaves({ ...settingsFrom(config), ...own }));
}

function leaves(value: object, path = ''): [string, string][] {
  return Object.entries(value).flatMap(([key, each]: [string, unknown]) => {
    if (typeof each === 'function') return [];
    const isObject = each !== null && typeof each === 'object' && !Array.isArray(each) && !isOutput(each);
    return isObject ? leaves(each, `${path}${key}.`) : [[`${path}${key}`, told(each)]];
  });
}

const isOutput = (value: object): value is Output<unknown> => '__pulumiOutput' in value;
const told = (value: unknown) =>
  value !== null && typeof value === 'object' && isOutput(value) ? 'an output' : JSON.stringify(value);

/** Settings that are the same in every one of the stacks. */
function alike(cloud: 'aws' | 'do', stacks: readonly StackConfig[]): string[] {
  const each = stacks.map((config) => settingsOf(cloud, config));
  const paths = [...new Set(each.flatMap((settings) => [...settings.keys()]))];
  return paths.filter((path) => new Set(each.map((settings) => settings.get(path))).size === 1);
}

test.each(['aws', 'do'] as const)(
  'on %s each switch is on in one whole stack and off in another',
  (cloud) => {
    const known = [...OF_CLOUD, ...Object.keys(ELSEWHERE[cloud])];
    const never = alike(cloud, Object.values(STACKS[cloud])).filter((path) => !known.includes(path));
    expect(never.filter((path) => cloud === 'aws' || !REFUSED_ON_DO.test(path))).toEqual([]);
  },
);

test('a switch that no stack turns is told', () => {
  const [one = {}] = Object.values(STACKS.aws);
  expect(alike('aws', [one, { ...one, tracing: 'true' }])).toContain('extras.canary');
  expect(alike('aws', [one, { ...one, tracing: 'true' }])).not.toContain('extras.tracing');
});
