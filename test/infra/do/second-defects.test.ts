import { expect, test } from 'vitest';
import { at, list } from '../rules.ts';
import { type Defect, inFirst, type Plant, plantingIn, saidOf, set, within } from './planting.ts';
import { CONFIG, record } from './recording.ts';
import { SECOND_RULES } from './second-rules.ts';

const { resources: SOUND } = await record({ ...CONFIG, secondRegion: 'tor1', domain: 'api.example.com' });
const { planted, altered, without } = plantingIn(SOUND);

const inSpec = (plant: Plant) => within('spec', plant);
const variable =
  (key: string, value: unknown): Plant =>
  (inputs) => {
    for (const env of list(at(inputs, 'spec'), 'envs')) if (env.key === key) env.value = value;
  };
const there = (plant: Plant) => planted('App', plant, '-tor1');

const DEFECTS: readonly Defect[] = [
  ['oneHome', '2 apps have workers', () => there(inSpec(set('workers', [{ name: 'worker' }])))],
  ['oneHome', '0 apps are beside', () => without('App', '-tor1')],
  ['oneHome', 'migrates as well', () => there(inSpec(set('jobs', [{ name: 'migrate' }])))],
  ['homeFirst', 'wait for digitalocean:index/app:App', () => altered('App', { after: [] }, '-tor1')],
  ['homeFirst', 'wait for digitalocean:index/vpcPeering', () => altered('App', { after: [] }, '-tor1')],
  ['noDomains', 'holds', () => planted('App', inSpec(set('domainNames', [{ name: 'api.example.com' }])))],
  ['eachOthersStorage', 'own', () => planted('App', variable('SECOND_STORAGE', '{}'))],
  ['eachOthersStorage', 'own', () => there(variable('S3_ENDPOINT', 'https://tor1.example.com'))],
  ['transcodedAtHome', 'takes own', () => there(variable('TRANSCODER_STORAGE', 'own'))],
  ['oneService', 'differ', () => there(variable('JWT_SECRET', 'another'))],
  ['oneService', 'differ', () => there(inSpec(inFirst('services', set('image', {}))))],
  ['inItsPlace', 'stores its videos in fra1', () => there(variable('S3_REGION', 'fra1'))],
  ['inItsPlace', 'its network is in', () => there(inSpec(set('vpcs', [{ id: 'sluice-production-id' }])))],
  ['joined', 'joins', () => planted('VpcPeering', set('vpcIds', ['sluice-production-id']))],
  ['joined', 'joins', () => planted('Vpc', set('region', 'fra1'), 'tor1')],
  ['joined', 'joins', () => planted('Vpc', set('description', 'Sluice, staging'), 'tor1')],
  ['everyNetworkJoined', 'joined with nothing', () => without('VpcPeering')],
  [
    'keysApart',
    'both regions',
    () => {
      const [home, other] = ['sluice-production-media-1a2b3c4', 'sluice-production-tor1-media-1a2b3c4'];
      return planted('SpacesKey', set('grants', [{ bucket: home }, { bucket: other }]), 'service');
    },
  ],
  [
    'keysApart',
    'reaches',
    () =>
      planted(
        'SpacesKey',
        inFirst('grants', set('bucket', 'sluice-production-tor1-media-1a2b3c4')),
        'coconut',
      ),
  ],
  ['allWatched', 'tor1', () => without('UptimeCheck', '-tor1')],
  ['allWatched', 'https://api.example.com', () => planted('UptimeCheck', set('target', 'https://x'))],
  ['filed', 'tor1-media', () => planted('ProjectResources', set('resources', []))],
];

test.each(DEFECTS)('%s sees a planted defect: %s', (...defect) => {
  expect(saidOf(SECOND_RULES, defect)).toContain(defect[1]);
});

test('each rule has a defect that it sees', () => {
  const seen = new Set(DEFECTS.map(([name]) => name));
  expect(Object.keys(SECOND_RULES).filter((name) => !seen.has(name))).toEqual([]);
});
