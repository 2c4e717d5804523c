import { beforeAll, expect, test } from 'vitest';
import type { Recorded, Recording } from '../recording.ts';
import { allOf } from '../rules.ts';
import { CONFIG, record } from './recording.ts';
import { environmentIn, SECOND_RULES } from './second-rules.ts';

const SITE = 'organization/sluice/site';
const DATA = 'organization/sluice/production-data';
const TWO = { ...CONFIG, secondRegion: 'ca-central-1', domain: 'api.example.com', zoneId: 'Z123' } as const;
const ofData = { ...TWO, layer: 'data', siteStack: SITE } as const;
const ofApp = { ...ofData, layer: 'app', dataStack: DATA } as const;

let whole: Recording;
let layers: { site: Recording; data: Recording; app: Recording };
beforeAll(async () => {
  whole = await record(TWO);
  const site = await record({ ...TWO, layer: 'site', environments: '["production","staging"]' });
  const data = await record(ofData, { [SITE]: site });
  layers = { site, data, app: await record(ofApp, { [SITE]: site, [DATA]: data }) };
});

const keyOf = ({ type, name, provider }: Recorded) => `${type} ${name} ${provider !== ''}`;

test('three layers make in both regions what one stack makes', () => {
  const apart = Object.values(layers).flatMap(({ resources }) => resources);
  const ours = apart.filter(({ type, name }) => !name.includes('staging') && !type.startsWith('pulumi:'));
  const all = whole.resources.filter(({ type }) => !type.startsWith('pulumi:'));
  expect(ours.map(keyOf).sort()).toEqual(all.map(keyOf).sort());
});

test('three layers tell the service in both regions what one stack tells it', () => {
  for (const region of ['home', 'there'] as const)
    expect(environmentIn(layers.app.resources, 'api', region)).toEqual(
      environmentIn(whole.resources, 'api', region),
    );
});

test('a site lets the other network to the database of each environment that it carries', () => {
  const rules = allOf(layers.site.resources, 'SecurityGroupIngressRule').filter(({ name }) =>
    name.endsWith('-postgres-away'),
  );
  expect(rules.map(({ inputs }) => inputs.securityGroupId).sort()).toEqual([
    'sluice-production-database-id',
    'sluice-staging-database-id',
  ]);
});

test('rules about two regions hold over layers as over one stack', () => {
  const resources = Object.values(layers)
    .flatMap((layer) => layer.resources)
    .filter(({ name }) => !name.includes('staging'));
  for (const [name, rule] of Object.entries(SECOND_RULES))
    expect([name, rule(resources)]).toEqual([name, []]);
});
