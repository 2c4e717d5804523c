import { beforeAll, describe, expect, test } from 'vitest';
import type { Recording } from '../recording.ts';
import { allOf } from '../rules.ts';
import { CONFIG, record } from './recording.ts';

const SITE = 'organization/sluice/site';
const site = { ...CONFIG, layer: 'site', environment: 'site', environments: '["staging","production"]' };
const dataOf = (environment: string) => ({ ...CONFIG, layer: 'data', environment, siteStack: SITE });
const appOf = (environment: string) => ({
  ...dataOf(environment),
  layer: 'app',
  dataStack: `organization/sluice/${environment}-data`,
});

describe('staging and production on one site', () => {
  const stacks: Record<string, Recording> = {};
  beforeAll(async () => {
    stacks[SITE] = await record(site);
    for (const environment of ['staging', 'production']) {
      stacks[`organization/sluice/${environment}-data`] = await record(dataOf(environment), stacks);
      stacks[environment] = await record(appOf(environment), stacks);
    }
  });
  const stack = (name: string) => stacks[name]?.resources ?? [];

  test('there is one network, and groups of each environment', () => {
    const all = Object.values(stacks).flatMap(({ resources }) => resources);
    expect(allOf(all, 'Vpc')).toHaveLength(1);
    expect(allOf(stack(SITE), 'SecurityGroup').map(({ name }) => name)).toEqual(
      expect.arrayContaining(['sluice-staging-database', 'sluice-production-database']),
    );
  });

  test('an application holds no data: without it, buckets, database and CDN are as they were', () => {
    for (const environment of ['staging', 'production']) {
      const kinds = new Set(stack(environment).map(({ type }) => type.split(':').at(-1)));
      for (const kind of ['Bucket', 'BucketPolicy', 'Instance', 'SubnetGroup', 'Vpc'])
        expect([environment, kind, kinds.has(kind)]).toEqual([environment, kind, false]);
    }
  });

  test('an application uses the data and the groups of its own environment alone', () => {
    const text = JSON.stringify(stack('production'));
    expect(text.includes('sluice-production-sources-1a2b3c4')).toBe(true);
    expect(text.includes('sluice-staging')).toBe(false);
  });

  test('the address of the database crosses over as a secret', () => {
    const outputs: Recording['outputs'] = stacks['organization/sluice/staging-data']?.outputs ?? {};
    expect(outputs.databaseUrl?.isSecret).toBe(true);
    expect(outputs.data?.isSecret).toBe(false);
    expect(JSON.stringify(outputs.data)).not.toContain('postgres://');
  });
});

test('a layer that names no stack below it is refused in one line', async () => {
  await expect(record({ ...CONFIG, layer: 'data' })).rejects.toThrow('siteStack must name a stack');
  await expect(record({ ...CONFIG, layer: 'app', siteStack: SITE })).rejects.toThrow(
    'dataStack must name a stack',
  );
});
