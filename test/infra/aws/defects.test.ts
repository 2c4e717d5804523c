import { beforeAll, expect, test } from 'vitest';
import type { Recorded } from '../recording.ts';
import { at, type Inputs, list, type Rule } from '../rules.ts';
import { ACCESS_RULES, secretsInPlain } from './access-rules.ts';
import { APP_RULES } from './app-rules.ts';
import { CONFIG, record, SECRETS } from './recording.ts';
import { STORAGE_RULES } from './storage-rules.ts';

const RULES: Readonly<Record<string, Rule>> = {
  ...STORAGE_RULES,
  ...ACCESS_RULES,
  ...APP_RULES,
  'secrets are ciphertext': secretsInPlain(Object.values(SECRETS)),
};

let sound: readonly Recorded[];
beforeAll(async () => {
  ({ resources: sound } = await record({ ...CONFIG, transcoder: 'coconut' }));
});

type Changeable = { -readonly [K in keyof Recorded]: Recorded[K] };
/** Type, part of the name, and what is done to the inputs, or to what was asked beside them; null: the resource is gone. */
type Plant = readonly [
  type: string,
  name: string,
  plant: ((inputs: Inputs, resource: Changeable) => void) | null,
];

const set = (member: string, value: unknown) => (inputs: Inputs) => {
  inputs[member] = value;
};
const inside = (member: string, key: string, value: unknown) => (inputs: Inputs) => {
  at(inputs, member)[key] = value;
};
/** Changes JSON in a member. */
const json = (member: string, change: (parsed: Inputs) => void) => (inputs: Inputs) => {
  const parsed = JSON.parse(String(inputs[member])) as Inputs;
  change(parsed);
  inputs[member] = JSON.stringify(parsed);
};
const statement = (member: string, values: Inputs) =>
  json(member, (policy) => Object.assign(list(policy, 'Statement').at(-1) ?? {}, values));
const container = (name: string, values: Inputs) => (inputs: Inputs) => {
  const all = JSON.parse(String(inputs.containerDefinitions)) as Inputs[];
  Object.assign(all.find((each) => each.name === name) ?? {}, values);
  inputs.containerDefinitions = JSON.stringify(all);
};
const first = (member: string, values: Inputs) => (inputs: Inputs) => {
  Object.assign(list(inputs, member)[0] ?? {}, values);
};

/** What the engine was asked for beside the inputs. */
const asked = (options: Partial<Recorded>) => (_: Inputs, resource: Changeable) => {
  Object.assign(resource, options);
};

const DEFECTS: Readonly<Record<string, readonly Plant[]>> = {
  'every bucket is complete': [
    ['BucketPublicAccessBlock', '-media', null],
    ['BucketPolicy', '-logs', null],
  ],
  'one policy, lifecycle and notification a bucket': [
    ['BucketPolicy', '-media', set('bucket', 'sluice-production-sources-1a2b3c4')],
  ],
  'no bucket is public': [['BucketPublicAccessBlock', '', set('blockPublicPolicy', false)]],
  'buckets take TLS only': [
    ['BucketPolicy', '-sources', json('policy', (policy) => list(policy, 'Statement').splice(0, 1))],
  ],
  'buckets let in services of AWS alone': [
    ['BucketPolicy', '-media', statement('policy', { Principal: '*' })],
  ],
  'uploads work in browsers': [
    ['BucketCorsConfiguration', '', first('corsRules', { exposeHeaders: [] })],
    ['BucketCorsConfiguration', '', first('corsRules', { allowedMethods: ['OPTIONS'] })],
  ],
  'nothing in use is deleted or out of reach': [
    ['BucketLifecycleConfiguration', '-sources', first('rules', { expiration: { days: 30 } })],
    [
      'BucketLifecycleConfiguration',
      '-media',
      first('rules', { transitions: [{ storageClass: 'GLACIER' }] }),
    ],
    ['BucketLifecycleConfiguration', '-media', (inputs) => list(inputs, 'rules').splice(0, 1)],
  ],
  'sources are versioned': [['BucketVersioning', '-sources', null]],
  'the database is private, encrypted and backed up': [
    ['Instance', '', set('publiclyAccessible', true)],
    ['Instance', '', set('storageEncrypted', false)],
    ['Instance', '', set('skipFinalSnapshot', true)],
    ['Instance', '', set('backupRetentionPeriod', 0)],
    ['Instance', '', set('instanceClass', 'db.t9.huge')],
  ],
  'the database asks for TLS': [['ParameterGroup', '', set('parameters', [])]],
  'playback is HTTPS and cached by policies': [
    ['Distribution', '-media', inside('defaultCacheBehavior', 'viewerProtocolPolicy', 'allow-all')],
  ],
  'nobody may more than is listed': [
    ['RolePolicy', '-worker', statement('policy', { Action: ['s3:*'] })],
    ['RolePolicy', '-api', statement('policy', { Action: ['s3:GetObject'], Resource: ['*'] })],
    ['UserPolicy', '-coconut', statement('policy', { Resource: 'arn:aws:s3:::*' })],
  ],
  'roles trust one service each': [
    ['Role', '-api', statement('assumeRolePolicy', { Principal: { AWS: '*' } })],
  ],
  'nothing is open but 80 and 443': [
    ['SecurityGroupIngressRule', '-postgres', set('cidrIpv4', '0.0.0.0/0')],
    ['SecurityGroupIngressRule', '-api', set('referencedSecurityGroupId', undefined)],
  ],
  'plain HTTP forwards nothing by itself': [['Listener', '', first('defaultActions', { type: 'forward' })]],
  'metrics stay inside': [['ListenerRule', '-inside', null]],
  'firewalls stand where they work': [
    ['WebAcl', '-playback', set('region', undefined)],
    ['WebAcl', '', first('rules', { action: undefined, overrideAction: {} })],
  ],
  'secrets are ciphertext': [['TaskDefinition', '-api', set('family', SECRETS.jwtSecret)]],
  'tasks have sizes that Fargate takes': [
    ['TaskDefinition', '-api', set('memory', '768')],
    ['TaskDefinition', '-api', inside('runtimePlatform', 'cpuArchitecture', 'arm64')],
  ],
  'containers write to /tmp alone and are watched': [
    ['TaskDefinition', '-worker', container('worker', { readonlyRootFilesystem: false })],
    ['TaskDefinition', '-worker', container('worker', { stopTimeout: 30 })],
    ['TaskDefinition', '-api', container('api', { healthCheck: undefined })],
    ['TaskDefinition', '-api', container('api', { mountPoints: [] })],
  ],
  'no service changes before its migration': [
    ['Service', '-api', asked({ hooks: { beforeCreate: ['production-migration'], beforeUpdate: [] } })],
    ['Service', '-worker', asked({ hooks: { beforeCreate: [], beforeUpdate: [] } })],
    ['Service', '-worker', asked({ hooks: { beforeCreate: ['other'], beforeUpdate: ['other'] } })],
    ['Service', '-worker', asked({ after: [] })],
  ],
  'services go back when they do not come up': [
    ['Service', '-api', inside('deploymentCircuitBreaker', 'rollback', false)],
    ['Service', '-worker', set('waitForSteadyState', false)],
  ],
  'health asks nobody else': [['TargetGroup', '', inside('healthCheck', 'path', '/health/ready')]],
  'everything is tagged': [['Instance', '', set('tags', {})]],
  'JSON is JSON': [
    ['EventRule', '', set('eventPattern', '{')],
    [
      'RolePolicy',
      '-api',
      json('policy', (policy) => Object.assign(policy, { Id: 'Calling [toString] on an [Output<T>]' })),
    ],
  ],
  'no event is lost silently': [
    ['EventTarget', '', set('deadLetterConfig', undefined)],
    ['EventTarget', '', set('inputTransformer', {})],
  ],
  'every alarm has a runbook and a metric that is there': [
    ['MetricAlarm', '-dead-letters', set('metricName', 'sluice_dead_letter')],
    ['MetricAlarm', '-database-cpu', set('alarmDescription', 'docs/operate.md#nowhere')],
    ['MetricAlarm', '-cdn-5xx', set('region', undefined)],
  ],
};

test.each(
  Object.entries(DEFECTS).flatMap(([rule, plants]) => plants.map((plant, i) => [rule, i, plant] as const)),
)('%s: defect %i is told', (rule, _, [type, name, plant]) => {
  const is = (each: Recorded) => each.type.endsWith(`:${type}`) && each.name.includes(name);
  expect(RULES[rule]?.(sound)).toEqual([]);
  const copies = structuredClone(sound) as Recorded[];
  const target = copies.find(is);
  if (!target) throw new Error(`No ${type} ${name} was registered`);
  if (plant === null) copies.splice(copies.indexOf(target), 1);
  else plant(target.inputs, target);
  expect(RULES[rule]?.(copies)).not.toEqual([]);
});

test('names and keys that are wrong by themselves are told too', () => {
  const of = (type: string, name: string): Recorded => ({
    type: `aws:x:${type}`,
    name,
    inputs: {},
    secretInputs: [],
    provider: '',
    parent: '',
    parentName: '',
    isProtected: false,
    isRetained: false,
    ignoredChanges: [],
    after: [],
    hooks: { beforeCreate: [], beforeUpdate: [] },
  });
  expect(RULES['names fit']?.([of('TargetGroup', 'sluice-of-a-very-long-name')])).toHaveLength(1);
  expect(RULES['no name that AWS keeps']?.([of('SecurityGroup', 'sg-api')])).toHaveLength(1);
  expect(RULES['keys of webhooks are ciphertext']?.([of('EventConnection', 'storage')])).toHaveLength(1);
});

test('every rule has a defect', () => {
  const alone = ['names fit', 'no name that AWS keeps', 'keys of webhooks are ciphertext'];
  expect(Object.keys(RULES).filter((rule) => !(rule in DEFECTS) && !alone.includes(rule))).toEqual([]);
});
