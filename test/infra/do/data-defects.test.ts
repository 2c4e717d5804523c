import { expect, test } from 'vitest';
import { DATA_RULES } from './data-rules.ts';
import { altered, type Defect, inFirst, planted, SOUND, saidOf, set, without } from './planting.ts';

const DEFECTS: readonly Defect[] = [
  ['privateBuckets', 'acl', () => planted('SpacesBucket', set('acl', 'public-read'))],
  ['privateBuckets', 'region', () => planted('SpacesBucket', set('region', 'fra'))],
  ['privateBuckets', 'corsRules', () => planted('SpacesBucket', set('corsRules', []))],
  ['privateBuckets', 'without a key', () => altered('SpacesBucket', { provider: '' })],
  ['noPolicies', 'refuses policies', () => [...SOUND, ...altered('Cdn', { type: 'x:SpacesBucketPolicy' })]],
  ['keptData', 'can be destroyed', () => altered('DatabaseCluster', { isProtected: false })],
  ['keptData', 'goes with the stack', () => altered('SpacesBucket', { isRetained: false })],
  ['keptData', 'goes with the stack', () => altered('DatabaseFirewall', { isRetained: false })],
  ['keptData', 'stays behind', () => altered('Cdn', { isProtected: true, isRetained: true })],
  ['versionedSources', 'versioned', () => planted('SpacesBucket', set('versioning', undefined), 'sources')],
  ['lifecycles', 'no lifecycle', () => planted('SpacesBucket', set('lifecycleRules', []))],
  [
    'lifecycles',
    'no expiration',
    () => planted('SpacesBucket', inFirst('lifecycleRules', set('expiration', undefined)), 'media'),
  ],
  [
    'lifecycles',
    'in use',
    () => planted('SpacesBucket', inFirst('lifecycleRules', set('expiration', { days: 90 })), 'media'),
  ],
  [
    'cors',
    'ETag',
    () => planted('SpacesBucketCorsConfiguration', inFirst('corsRules', set('exposeHeaders', []))),
  ],
  [
    'cors',
    'DELETE',
    () => planted('SpacesBucketCorsConfiguration', inFirst('corsRules', set('allowedMethods', ['DELETE']))),
  ],
  ['corsOfEach', 'no CORS', () => without('SpacesBucketCorsConfiguration', 'media')],
  ['cdn', 'ttl', () => planted('Cdn', set('ttl', 31_536_000))],
  ['cdn', 'origin', () => planted('Cdn', set('origin', 'bucket.fra1.cdn.digitaloceanspaces.com'))],
  ['cdn', 'go together', () => planted('Cdn', (c) => delete c.certificateName)],
  ['cdn', 'renewed', () => planted('Cdn', set('certificateId', 'id'))],
  ['databases', 'engine', () => planted('DatabaseCluster', set('engine', 'postgres'))],
  ['databases', 'version', () => planted('DatabaseCluster', set('version', '17.2'))],
  ['databases', 'region', () => planted('DatabaseCluster', set('region', 'fra'))],
  ['databases', 'network', () => planted('DatabaseCluster', set('privateNetworkUuid', undefined))],
  ['databases', 'steps', () => planted('DatabaseCluster', set('storageSizeMib', '61000'))],
  ['closedDatabases', 'open to the world', () => without('DatabaseFirewall')],
  ['closedDatabases', 'open to the world', () => planted('DatabaseFirewall', set('rules', []))],
  [
    'closedDatabases',
    '0.0.0.0/0',
    () => planted('DatabaseFirewall', set('rules', [{ type: 'ip_addr', value: '0.0.0.0/0' }])),
  ],
  ['closedDatabases', 'ipAddr', () => planted('DatabaseFirewall', inFirst('rules', set('type', 'ipAddr')))],
  [
    'closedDatabases',
    '10.30.0.0/20',
    () => planted('DatabaseFirewall', inFirst('rules', set('value', '10.30.0.0/20'))),
  ],
  ['networks', 'no range', () => planted('Vpc', set('ipRange', '10.20.0.0/8'))],
  ['networks', 'nyc3', () => planted('Vpc', set('region', 'nyc3'))],
  [
    'keys',
    'everything',
    () => planted('SpacesKey', set('grants', [{ bucket: '', permission: 'fullaccess' }]), 'service'),
  ],
  ['keys', 'names no bucket', () => planted('SpacesKey', inFirst('grants', set('bucket', '')), 'service')],
  ['keys', 'reaches', () => planted('SpacesKey', inFirst('grants', set('bucket', 's-sources-1')), 'coconut')],
  ['databaseAlerts', 'type', () => planted('MonitorAlert', set('type', 'v1/insights/droplet/cpu'))],
  ['databaseAlerts', 'nothing', () => planted('MonitorAlert', set('entities', []))],
  ['registries', 'region', () => planted('ContainerRegistry', set('region', 'fra'))],
  ['databases', 'hour', () => planted('DatabaseCluster', inFirst('maintenanceWindows', set('hour', '3')))],
  ['projects', 'take out', () => planted('Project', set('resources', []))],
];

test.each(DEFECTS)('%s sees a planted defect: %s', (...defect) => {
  expect(saidOf(DATA_RULES, defect)).toContain(defect[1]);
});

test('each rule has a defect that it sees', () => {
  const seen = new Set(DEFECTS.map(([name]) => name));
  expect(Object.keys(DATA_RULES).filter((name) => !seen.has(name))).toEqual([]);
});
