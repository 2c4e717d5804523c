import { expect, test } from 'vitest';
import { differences, nothingKept, secretOutputs } from '../shared-rules.ts';
import { SHARED_RULES } from './all-rules.ts';
import {
  altered,
  type Defect,
  inFirst,
  type Plant,
  planted,
  SOUND,
  saidOf,
  set,
  within,
} from './planting.ts';
import { SECRETS } from './recording.ts';
import { secretsInPlain } from './secrets.ts';

const inSpec = (plant: Plant) => within('spec', plant);
const inApi = (plant: Plant) => inSpec(inFirst('services', plant));
const SAYS = 'says words that the provider knows';

const DEFECTS: readonly Defect[] = [
  [SAYS, '"Private"', () => planted('SpacesBucket', set('acl', 'Private'))],
  [SAYS, '"pgsql"', () => planted('DatabaseCluster', set('engine', 'pgsql'))],
  [SAYS, '"10 minutes"', () => planted('MonitorAlert', set('window', '10 minutes'))],
  [SAYS, '"letsEncrypt"', () => planted('Certificate', set('type', 'letsEncrypt'))],
  [SAYS, '"downGlobal"', () => planted('UptimeAlert', set('type', 'downGlobal'))],
  [SAYS, '"ipAddr"', () => planted('DatabaseFirewall', inFirst('rules', set('type', 'ipAddr')))],
  [SAYS, '"readWrite"', () => planted('SpacesKey', inFirst('grants', set('permission', 'readWrite')))],
  [SAYS, '"RUNTIME"', () => planted('App', inSpec(inFirst('envs', set('scope', 'RUNTIME'))))],
  [SAYS, '"secret"', () => planted('App', inSpec(inFirst('envs', set('type', 'secret'))))],
  [SAYS, '"PRE"', () => planted('App', inSpec(inFirst('jobs', set('kind', 'PRE'))))],
  [SAYS, '"ghcr"', () => planted('App', inApi(within('image', set('registryType', 'ghcr'))))],
  [SAYS, '"CPU"', () => planted('App', inApi(inFirst('alerts', set('rule', 'CPU'))))],
  [SAYS, '"usEast"', () => planted('UptimeCheck', set('regions', ['us_east', 'usEast']))],
  [SAYS, '"healthCheckPath"', () => planted('App', inApi(set('healthCheckPath', '/health/live')))],
  [SAYS, '"fra1"', () => planted('App', inSpec(set('region', 'fra1')))],
  [SAYS, '"GreaterThan"', () => planted('App', inApi(inFirst('alerts', set('operator', 'GreaterThan'))))],
  [SAYS, '"5m"', () => planted('App', inApi(inFirst('alerts', set('window', '5m'))))],
  [SAYS, '"lessThan"', () => planted('UptimeAlert', set('comparison', 'lessThan'))],
  [SAYS, '"1m"', () => planted('UptimeAlert', set('period', '1m'))],
  [SAYS, '"greater_than"', () => planted('MonitorAlert', set('compare', 'greater_than'))],
  [SAYS, '"production"', () => planted('Project', set('environment', 'production'))],
  [SAYS, '"free"', () => planted('ContainerRegistry', set('subscriptionTierSlug', 'free'))],
  [SAYS, '"db-s-2vcpu-2gb"', () => planted('DatabaseCluster', set('size', 'db-s-2vcpu-2gb'))],
  [SAYS, '"Sunday"', () => planted('DatabaseCluster', inFirst('maintenanceWindows', set('day', 'Sunday')))],
  ['names fit', 'cannot be called', () => altered('SpacesBucket', { name: `sluice-${'x'.repeat(60)}` })],
  ['names fit', 'cannot be called Sluice', () => altered('DatabaseCluster', { name: 'Sluice' })],
  ['names fit', 'is not told', () => altered('MonitorAlert', { type: 'digitalocean:index/volume:Volume' })],
  [
    'everything belongs to a component',
    'DatabaseFirewall',
    () => altered('DatabaseFirewall', { parent: '' }),
  ],
  ['everything is tagged', 'DatabaseCluster', () => planted('DatabaseCluster', set('tags', ['production']))],
  ['networks lie apart', 'overlap', () => [...SOUND, ...SOUND.filter(({ type }) => type.endsWith(':Vpc'))]],
  [
    'networks lie apart',
    'overlap',
    () => [
      ...SOUND,
      ...planted('Vpc', set('ipRange', '10.60.8.0/21')).filter(({ type }) => /:Vpc$/.test(type)),
    ],
  ],
  [
    'JSON is JSON',
    'value is no JSON',
    () => planted('App', inSpec(inFirst('envs', set('value', '{"S3_REGION":')))),
  ],
  [
    'no output became text',
    'Calling [toString]',
    () => planted('App', inSpec(inFirst('envs', set('value', 'Calling [toString] on an [Output<T>]')))),
  ],
];

test.each(DEFECTS)('%s: a planted defect is told: %s', (...defect) => {
  expect(SHARED_RULES[defect[0]]?.(SOUND)).toEqual([]);
  expect(saidOf(SHARED_RULES, defect)).toContain(defect[1]);
});

test('each rule has a defect that it sees', () => {
  const seen = new Set(DEFECTS.map(([name]) => name));
  expect(Object.keys(SHARED_RULES).filter((name) => !seen.has(name))).toEqual([]);
});

test('of whole stacks, too, what is wrong is told', () => {
  const sound = { resources: SOUND, components: [], outputs: {} };
  const outputs = { databaseUrl: { value: 'postgres://', isSecret: true } };
  expect(nothingKept(SOUND)).not.toEqual([]);
  expect(differences(sound, sound)).toEqual([]);
  expect(differences(sound, { ...sound, resources: planted('Cdn', set('ttl', 60)) })).toHaveLength(2);
  expect(secretOutputs({ ...sound, outputs })).toEqual(['databaseUrl']);
});

test('a secret is told in a variable that is not encrypted, in another resource and in an output', () => {
  const { jwtSecret } = SECRETS;
  const sound = { resources: SOUND, components: [], outputs: {} };
  const variable = { key: 'JWT_SECRET', value: jwtSecret, type: 'GENERAL' };
  expect(secretsInPlain(sound, [jwtSecret])).toEqual([]);
  for (const seen of [
    { resources: planted('App', inSpec(set('envs', [variable]))) },
    { resources: planted('Project', set('description', `by ${jwtSecret}`)) },
    { outputs: { key: { value: jwtSecret, isSecret: true } } },
  ])
    expect(secretsInPlain({ ...sound, ...seen }, [jwtSecret])).toEqual([jwtSecret]);
});
