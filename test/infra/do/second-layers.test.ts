import { beforeAll, expect, test } from 'vitest';
import { storageIn } from '#infra/do/referenced-data.ts';
import { homeNetwork, type SiteFacts, secondNetwork } from '#infra/do/site.ts';
import type { Recording } from '../recording.ts';
import { allOf, list } from '../rules.ts';
import { RULES } from './all-rules.ts';
import { CONFIG, record } from './recording.ts';
import { SECOND_RULES } from './second-rules.ts';

const SITE = 'organization/sluice/site';
const DATA = 'organization/sluice/data';
const TWO = { ...CONFIG, secondRegion: 'tor1' } as const;
const ENVIRONMENTS = JSON.stringify(['production', 'staging']);

let site: Recording;
let data: Recording;
let app: Recording;

const ofData = { ...TWO, layer: 'data', siteStack: SITE } as const;
const ofApp = { ...TWO, layer: 'app', siteStack: SITE, dataStack: DATA, domain: 'api.example.com' } as const;

beforeAll(async () => {
  site = await record({ ...TWO, layer: 'site', environments: ENVIRONMENTS });
  data = await record(ofData, { [SITE]: site });
  app = await record(ofApp, { [SITE]: site, [DATA]: data });
});

const keyOf = ({ type, name }: { type: string; name: string }) => `${type} ${name}`;

test('a site joins the networks of each environment, and of no two', () => {
  expect(allOf(site.resources, 'Vpc').map(({ inputs }) => [inputs.region, inputs.ipRange])).toEqual([
    ['fra1', '10.60.0.0/20'],
    ['fra1', '10.60.16.0/20'],
    ['tor1', '10.61.0.0/20'],
    ['tor1', '10.61.16.0/20'],
  ]);
  for (const name of ['joined', 'everyNetworkJoined'])
    expect([name, SECOND_RULES[name]?.(site.resources)]).toEqual([name, []]);
});

test('layers apart keep to every rule', () => {
  for (const { resources } of [site, data, app])
    for (const [name, rule] of Object.entries(RULES)) expect([name, rule(resources)]).toEqual([name, []]);
});

test('layers apart register what one stack registers', async () => {
  const whole = await record({ ...TWO, domain: 'api.example.com' });
  const apart = [site, data, app].flatMap(({ resources }) => resources).map(keyOf);
  expect(apart.filter((key) => !key.endsWith('-staging')).sort()).toEqual(whole.resources.map(keyOf).sort());
});

test('apps of the layer get the same variables as those of one stack', async () => {
  const whole = await record({ ...TWO, domain: 'api.example.com' });
  const specs = ({ resources }: Recording) =>
    allOf(resources, 'App').map(({ inputs }) => list(inputs.spec as never, 'envs'));
  expect(specs(app)).toEqual(specs(whole));
});

test('whoever destroys the application takes no data of either region', () => {
  const types = new Set(app.resources.map(({ type }) => type.split(':').at(-1)));
  expect([...types].sort()).toEqual(['App', 'SpacesKey', 'UptimeAlert', 'UptimeCheck']);
});

test('staging shares nothing with production in either region', async () => {
  const staging = await record({ ...ofData, environment: 'staging' }, { [SITE]: site });
  const names = new Set(data.resources.map(keyOf));
  expect(staging.resources.map(keyOf).filter((key) => names.has(key))).toEqual([]);
  const rules = allOf(staging.resources, 'DatabaseFirewall').flatMap(({ inputs }) => list(inputs, 'rules'));
  expect(rules.map(({ value }) => value)).toEqual(['10.60.16.0/20', '10.61.16.0/20']);
});

test('what the layers below lack in the second region is told in one line', () => {
  const facts = site.outputs.site?.value as SiteFacts;
  const asked = { environment: 'production', region: 'tor1' } as const;
  expect(secondNetwork(facts, asked).cidr).toBe('10.61.0.0/20');
  expect(() => secondNetwork({ ...facts, second: null }, asked)).toThrow('set secondRegion on it too');
  expect(() => secondNetwork(facts, { ...asked, region: 'sfo3' })).toThrow('no networks in sfo3');
  expect(() => secondNetwork(facts, { ...asked, environment: 'demo' })).toThrow('add demo');
  expect(() => homeNetwork(facts, asked)).toThrow('The site is in fra1, this stack in tor1');
  expect(storageIn('tor1', { region: 'tor1' })).toEqual({ region: 'tor1' });
  expect(() => storageIn('tor1', null)).toThrow('looks for it in tor1');
  expect(() => storageIn('tor1', { region: 'sfo3' })).toThrow('has its storage in sfo3');
});
