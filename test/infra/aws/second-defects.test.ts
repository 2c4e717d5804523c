import { beforeAll, expect, test } from 'vitest';
import type { Recorded, Recording } from '../recording.ts';
import { RULES } from './all-rules.ts';
import { asked, container, first, json, type Plant, set } from './planting.ts';
import { CONFIG, record } from './recording.ts';
import { SECOND_RULES } from './second-rules.ts';

let sound: Recording;
beforeAll(async () => {
  sound = await record({
    ...CONFIG,
    secondRegion: 'ca-central-1',
    domain: 'api.example.com',
    zoneId: 'Z123',
    storageAudit: 'true',
  });
});

/** Nothing of the home's ends up in it, so that whoever reads it all is not told of. */
const withoutBuckets = json('policy', (policy) => Object.assign(policy, { Statement: [] }));

const DEFECTS: Readonly<Record<string, readonly Plant[]>> = {
  namedByRegion: [
    ['Bucket', '-2-sources', asked({ provider: '' })],
    ['Bucket', 'production-sources', asked({ provider: 'second' })],
  ],
  asAtHome: [
    ['BucketPublicAccessBlock', '-2-media', set('blockPublicAcls', false)],
    ['BucketCorsConfiguration', '-2-sources', set('corsRules', [])],
    ['Distribution', '-2-media', set('webAclId', undefined)],
    ['EventTarget', '-2-storage', set('deadLetterConfig', {})],
  ],
  nothingLeftOut: [
    ['BucketNotification', '-2-sources', null],
    ['Trail', '-2-audit', null],
    ['WebAclAssociation', '-2', null],
  ],
  waysBothWays: [
    ['Route', 'sluice-away-0', null],
    ['Route', 'sluice-2-away-1', set('destinationCidrBlock', '10.22.0.0/16')],
    ['Route', 'sluice-2-away-0', asked({ provider: '' })],
    ['Route', 'sluice-away-1', set('vpcPeeringConnectionId', 'another')],
  ],
  databaseOpenToBoth: [
    ['SecurityGroupIngressRule', '-postgres-away', null],
    ['SecurityGroupIngressRule', '-postgres-away', set('cidrIpv4', '10.0.0.0/8')],
    ['SecurityGroupIngressRule', '-postgres-away', set('toPort', 65_535)],
    ['SecurityGroupIngressRule', '-postgres-away', set('securityGroupId', 'sluice-production-service-id')],
  ],
  backupsCopied: [
    ['InstanceAutomatedBackupsReplication', '', null],
    ['InstanceAutomatedBackupsReplication', '', set('retentionPeriod', 1)],
    ['InstanceAutomatedBackupsReplication', '', set('kmsKeyId', undefined)],
    ['Key', '', asked({ provider: '' })],
  ],
  oneDomain: [
    ['Record', 'production-2', null],
    ['Record', 'production-2', set('setIdentifier', 'eu-central-1')],
    ['Record', 'production-2', set('healthCheckId', undefined)],
    ['Record', 'production-2', first('aliases', { evaluateTargetHealth: false })],
    ['Record', '-proof', null],
    ['HealthCheck', '', set('resourcePath', '/health/live')],
  ],
  homeFirst: [['Service', '-2-api', asked({ after: [] })]],
  apiAlone: [['TaskDefinition', '-2-api', container('api', { name: 'worker' })]],
  measuredAtHome: [
    ['TaskDefinition', '-2-api', container('collector', { environment: [{ value: '{}' }] })],
    ['RolePolicy', '-2-api', withoutBuckets],
  ],
  rightsToBoth: [
    ['RolePolicy', 'production-worker', withoutBuckets],
    ['RolePolicy', '-2-api', withoutBuckets],
    ['RolePolicy', '-mediaconvert', withoutBuckets],
  ],
  heardThere: [
    ['MetricAlarm', '-2-no-api', set('alarmActions', ['arn:aws:any:x:1:topic/sluice-production'])],
    ['MetricAlarm', '-2-region-away', set('region', undefined)],
  ],
  watchedThere: [['MetricAlarm', '-2-api-errs', null]],
};

/** The stack with a defect in the first resource of a type and of a name. */
function planted([type, name, plant]: Plant): Recorded[] {
  const copies = structuredClone(sound.resources) as Recorded[];
  const target = copies.find((each) => each.type.endsWith(`:${type}`) && each.name.includes(name));
  if (!target) throw new Error(`No ${type} ${name} was registered`);
  if (plant === null) copies.splice(copies.indexOf(target), 1);
  else plant(target.inputs, target);
  return copies;
}

test.each(
  Object.entries(DEFECTS).flatMap(([rule, plants]) => plants.map((plant, i) => [rule, i, plant] as const)),
)('%s: defect %i is told', (rule, _, plant) => {
  expect(SECOND_RULES[rule]?.(sound.resources)).toEqual([]);
  expect(SECOND_RULES[rule]?.(planted(plant))).not.toEqual([]);
});

test.each<Plant>([
  ['TopicSubscription', '-2', set('topic', 'arn:aws:sns:eu-central-1:111122223333:sluice-production')],
  ['Service', '-2-api', set('cluster', 'arn:aws:ecs:eu-central-1:111122223333:cluster/sluice-production')],
  ['Service', 'production-api', asked({ provider: 'urn:pulumi:aws::sluice::type::second::second-id' })],
])('what stands there by its provider and names what is at home is told: %s %s', (...plant) => {
  const rule = RULES['each region names what is its own'];
  expect(rule?.(sound.resources)).toEqual([]);
  expect(rule?.(planted(plant))).not.toEqual([]);
});

test('each rule has a defect that it sees', () => {
  expect(Object.keys(SECOND_RULES).filter((rule) => !(rule in DEFECTS))).toEqual([]);
});
