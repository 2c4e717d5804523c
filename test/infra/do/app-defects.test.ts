import { expect, test } from 'vitest';
import { list } from '../rules.ts';
import { APP_RULES } from './app-rules.ts';
import { type Defect, inFirst, type Plant, planted, saidOf, set, within } from './planting.ts';

const inSpec = (plant: Plant) => within('spec', plant);
const inApi = (plant: Plant) => inSpec(inFirst('services', plant));
const inWorker = (plant: Plant) => inSpec(inFirst('workers', plant));
const inJob = (plant: Plant) => inSpec(inFirst('jobs', plant));

const DEFECTS: readonly Defect[] = [
  ['names', 'name is', () => planted('App', inSpec(set('name', `sluice-${'x'.repeat(30)}`)))],
  ['names', 'called', () => planted('App', inApi(set('name', 'API')))],
  ['network', 'no network', () => planted('App', inSpec(set('vpcs', [])))],
  ['sizes', 'basic-xs', () => planted('App', inApi(set('instanceSizeSlug', 'basic-xs')))],
  ['scaling', 'shared CPU', () => planted('App', inApi(set('instanceSizeSlug', 'apps-s-1vcpu-2gb')))],
  ['scaling', 'fixed number', () => planted('App', inApi(set('instanceCount', 2)))],
  ['scaling', 'scales from', () => planted('App', inApi(within('autoscaling', set('minInstanceCount', 6))))],
  ['scaling', 'instanceCount', () => planted('App', inWorker(set('instanceCount', 0)))],
  ['health', 'ready', () => planted('App', inApi(within('healthCheck', set('httpPath', '/health/ready'))))],
  ['health', 'another port', () => planted('App', inApi(set('httpPort', 8080)))],
  ['health', 'httpPath', () => planted('App', inWorker(set('livenessHealthCheck', undefined)))],
  ['termination', 'grace', () => planted('App', inWorker(set('termination', undefined)))],
  ['termination', 'drain', () => planted('App', inApi(within('termination', set('drainSeconds', 120))))],
  ['migration', 'migrates nothing', () => planted('App', inSpec(set('jobs', [])))],
  [
    'migration',
    'kind',
    () =>
      planted(
        'App',
        inJob((job) => delete job.kind),
      ),
  ],
  ['roles', 'runCommand', () => planted('App', inWorker(set('runCommand', 'worker')))],
  ['images', 'digest or a tag', () => planted('App', inApi(within('image', set('tag', 'latest'))))],
  ['images', 'registry is named', () => planted('App', inApi(within('image', set('registryType', 'DOCR'))))],
  ['alerts', 'tells nobody', () => planted('App', inSpec(inFirst('alerts', set('destinations', {}))))],
  [
    'variables',
    'is shown',
    () =>
      planted(
        'App',
        inSpec((spec) => {
          for (const env of list(spec, 'envs')) env.type = 'GENERAL';
        }),
      ),
  ],
  ['variables', 'scope', () => planted('App', inSpec(inFirst('envs', set('scope', 'RUN_AND_BUILD_TIME'))))],
  ['ingress', 'ways in', () => planted('App', inSpec(set('ingress', {})))],
  ['domains', 'ALIAS', () => planted('App', inSpec(set('domainNames', [{ name: 'a.b', type: 'ALIAS' }])))],
  ['uptimeChecks', 'one place', () => planted('UptimeCheck', set('regions', ['us_east']))],
  ['uptimeChecks', 'asks http:', () => planted('UptimeCheck', set('target', 'http://x/health/live'))],
];

test.each(DEFECTS)('%s sees a planted defect: %s', (...defect) => {
  expect(saidOf(APP_RULES, defect)).toContain(defect[1]);
});

test('each rule has a defect that it sees', () => {
  const seen = new Set(DEFECTS.map(([name]) => name));
  expect(Object.keys(APP_RULES).filter((name) => !seen.has(name))).toEqual([]);
});
