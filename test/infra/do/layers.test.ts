import { beforeAll, expect, test } from 'vitest';
import type { Recording } from '../recording.ts';
import { allOf, at, list } from '../rules.ts';
import { APP_RULES } from './app-rules.ts';
import { DATA_RULES } from './data-rules.ts';
import { CONFIG, record } from './recording.ts';

const STACKS = {
  site: 'organization/sluice/site',
  data: 'organization/sluice/data',
  stagingData: 'organization/sluice/staging-data',
} as const;
const ENVIRONMENTS = JSON.stringify(['production', 'staging']);

let site: Recording;
let data: Recording;
let app: Recording;

beforeAll(async () => {
  site = await record({ ...CONFIG, layer: 'site', environments: ENVIRONMENTS });
  data = await record({ ...CONFIG, layer: 'data', siteStack: STACKS.site }, { [STACKS.site]: site });
  app = await record(
    { ...CONFIG, layer: 'app', siteStack: STACKS.site, dataStack: STACKS.data },
    { [STACKS.site]: site, [STACKS.data]: data },
  );
});

const types = ({ resources }: Recording) =>
  [...new Set(resources.map(({ type }) => type.split(':').at(-1)))].sort();

test('a site holds a network for each environment and nothing that anybody would miss', () => {
  expect(types(site)).toEqual(['Vpc']);
  expect(allOf(site.resources, 'Vpc').map(({ inputs }) => inputs.ipRange)).toEqual([
    '10.60.0.0/20',
    '10.60.16.0/20',
  ]);
  expect(Object.keys(site.outputs)).toEqual(['site']);
});

test('the data layer makes no network and no app; its address is the one secret that it shows', () => {
  expect(types(data)).not.toContain('Vpc');
  expect(types(data)).not.toContain('App');
  expect(Object.entries(data.outputs).map(([name, { isSecret }]) => [name, isSecret])).toEqual([
    ['data', false],
    ['databaseUrl', true],
    ['playbackUrl', false],
  ]);
});

test('whoever destroys the application takes keys, app and checks with it, and no data', () => {
  expect(types(app)).toEqual(['App', 'SpacesKey', 'UptimeAlert', 'UptimeCheck']);
  expect(Object.entries(app.outputs).filter(([, { isSecret }]) => isSecret)).toEqual([]);
});

test('layers apart keep to every rule', () => {
  for (const recording of [site, data, app])
    for (const [name, rule] of Object.entries({ ...DATA_RULES, ...APP_RULES }))
      expect([name, rule(recording.resources)]).toEqual([name, []]);
});

test('layers apart register what one stack registers', async () => {
  const whole = await record(CONFIG);
  const apart = [site, data, app].flatMap(({ resources }) => resources);
  const key = ({ type, name }: { type: string; name: string }) => `${type} ${name}`;
  const production = apart.filter(({ name }) => name !== 'sluice-staging').map(key);
  expect(production.sort()).toEqual(whole.resources.map(key).sort());
});

test('the database lets in the network of its own environment, and the app stands in that one', () => {
  const production = at(at(site.outputs.site as never, 'value'), 'networks').production as Record<
    string,
    string
  >;
  const rules = allOf(data.resources, 'DatabaseFirewall').flatMap(({ inputs }) => list(inputs, 'rules'));
  expect(rules).toEqual([{ type: 'ip_addr', value: production.cidr }]);
  const spec = at(allOf(app.resources, 'App')[0]?.inputs ?? {}, 'spec');
  expect(list(spec, 'vpcs')).toEqual([{ id: production.vpcId }]);
});

test('staging and production stand on one site and share nothing else', async () => {
  const staging = await record(
    { ...CONFIG, environment: 'staging', layer: 'data', siteStack: STACKS.site },
    { [STACKS.site]: site },
  );
  const names = new Set(data.resources.map(({ type, name }) => `${type} ${name}`));
  expect(staging.resources.filter(({ type, name }) => names.has(`${type} ${name}`))).toEqual([]);
  const [rule] = allOf(staging.resources, 'DatabaseFirewall').flatMap(({ inputs }) => list(inputs, 'rules'));
  expect(rule?.value).toBe('10.60.16.0/20');
});

test('a layer that lacks what it stands on is refused before anything is made', async () => {
  await expect(record({ ...CONFIG, layer: 'data' })).rejects.toThrow('siteStack');
  await expect(record({ ...CONFIG, layer: 'app', siteStack: STACKS.site })).rejects.toThrow('dataStack');
});

test('a preview, in which nothing is known yet, shows everything that will be made', async () => {
  const made = await record(CONFIG);
  const seen = await record(CONFIG, {}, { isPreview: true });
  const key = ({ type, name }: { type: string; name: string }) => `${type} ${name}`;
  expect(seen.resources.map(key).sort()).toEqual(made.resources.map(key).sort());
});
