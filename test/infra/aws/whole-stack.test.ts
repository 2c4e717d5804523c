import { beforeAll, describe, expect, test } from 'vitest';
import { completeConfig, loadConfig } from '#bootstrap/config.ts';
import type { StackOutputs } from '#infra/platform.ts';
import { checkedMembers } from '../allowed-words.ts';
import type { Recorded, Recording } from '../recording.ts';
import { allOf, list } from '../rules.ts';
import { differences, secretOutputs } from '../shared-rules.ts';
import { secretsInPlain } from './access-rules.ts';
import { DEFINITIONS, RULES } from './all-rules.ts';
import { containersIn } from './containers.ts';
import { dataRule } from './kept-data.ts';
import { record, SECRETS } from './recording.ts';
import { STACKS } from './stacks.ts';

const OUTPUTS = Object.keys({
  apiUrl: true,
  playbackUrl: true,
  sourceBucket: true,
  mediaBucket: true,
  webhookUrl: true,
} satisfies Record<keyof StackOutputs, true>);

/** What ECS makes of a container's variables and of the secret that it names. */
function environmentOf(resources: readonly Recorded[], role: string): Record<string, string> {
  const [container] = containersIn(resources).filter(({ name }) => name === role);
  const [version] = allOf(resources, 'SecretVersion');
  const secret = JSON.parse(String(version?.inputs.secretString)) as Record<string, string>;
  return Object.fromEntries([
    ...list(container ?? {}, 'environment').map(({ name, value }) => [String(name), String(value)]),
    ...list(container ?? {}, 'secrets').map(({ name, valueFrom }) => {
      const [, key = ''] = /:([A-Z0-9_]+)::v1$/.exec(String(valueFrom)) ?? [];
      return [String(name), secret[key] ?? ''];
    }),
  ]);
}

const registered: Recorded[] = [];

describe.each(Object.entries(STACKS))('a whole stack, %s', (_, config) => {
  let stack: Recording;
  beforeAll(async () => {
    stack = await record(config);
    registered.push(...stack.resources);
  });

  test.each(Object.entries(RULES))('keeps to: %s', (_name, rule) => {
    expect(rule(stack.resources)).toEqual([]);
  });

  test('keeps its data where that is to be kept, and nothing else', () => {
    expect(dataRule(config.protectData !== 'false')(stack.resources)).toEqual([]);
  });

  test.each(['api', 'worker', 'migrate'])('gives %s an environment that the service takes', (role) => {
    const loaded = completeConfig(loadConfig({ ...environmentOf(stack.resources, role), SLUICE_IMAGE: '1' }));
    expect(loaded).toMatchObject({
      DELIVERY: 'cloudfront',
      S3_VENDOR: 'aws',
      S3_REGION: 'eu-central-1',
      DATABASE_CA_CERT: config.databaseCaCert ?? '/app/authorities/rds.pem',
      TRANSCODER: config.transcoder ?? 'mediaconvert',
    });
    expect(new URL(loaded.PUBLIC_URL).protocol).toBe('https:');
  });

  test('keeps secrets where the state is ciphertext', () => {
    const secrets = [...Object.values(SECRETS), 'secret-key-of-'];
    expect(secretsInPlain(secrets)(stack.resources)).toEqual([]);
  });

  test('shows what every cloud shows, and no secret', () => {
    expect(Object.keys(stack.outputs)).toEqual(expect.arrayContaining(OUTPUTS));
    expect(secretOutputs(stack)).toEqual([]);
  });

  test('links in each alarm its runbook, where this deployment keeps them', () => {
    const at = 'runbooksUrl' in config ? config.runbooksUrl : 'docs/operate.md';
    const alarms = allOf(stack.resources, 'MetricAlarm').filter(({ name }) => !/-(more|fewer)$/.test(name));
    expect(alarms.length).toBeGreaterThan(20);
    for (const { name, inputs } of alarms)
      expect(inputs.alarmDescription, name).toMatch(
        new RegExp(`^[\\w-]+: ${RegExp.escape(`${at}#`)}[\\w-]+$`),
      );
  });

  test('registers the same a second time', async () => {
    expect(differences(stack, await record(config))).toEqual([]);
  });
});

test('words of all these stacks were held against the type definitions', () => {
  const checked = checkedMembers(registered, DEFINITIONS);
  expect(checked.length).toBeGreaterThan(90);
  expect(new Set(checked.map((member) => member.split('.')[0])).size).toBeGreaterThan(35);
  expect(checked).toEqual(
    expect.arrayContaining([
      'BucketLifecycleConfiguration.rules.transitions.storageClass',
      'BucketOwnershipControls.rule.objectOwnership',
      'BucketServerSideEncryptionConfiguration.rules.applyServerSideEncryptionByDefault.sseAlgorithm',
      'Distribution.defaultCacheBehavior.viewerProtocolPolicy',
      'Distribution.priceClass',
      'Distribution.viewerCertificate.minimumProtocolVersion',
      'EventApiDestination.httpMethod',
      'EventConnection.authorizationType',
      'FlowLog.trafficType',
      'Instance.engine',
      'Instance.instanceClass',
      'Listener.defaultActions.type',
      'Listener.protocol',
      'Listener.sslPolicy',
      'MetricAlarm.comparisonOperator',
      'MetricAlarm.metricQueries.metric.stat',
      'MetricAlarm.statistic',
      'MetricAlarm.treatMissingData',
      'OriginAccessControl.originAccessControlOriginType',
      'OriginAccessControl.signingBehavior',
      'Policy.policyType',
      'TaskDefinition.networkMode',
      'TaskDefinition.requiresCompatibilities',
      'TaskDefinition.runtimePlatform.cpuArchitecture',
      'WebAcl.scope',
    ]),
  );
});
