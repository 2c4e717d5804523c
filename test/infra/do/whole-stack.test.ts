import { beforeAll, describe, expect, test } from 'vitest';
import { completeConfig, loadConfig } from '#bootstrap/config.ts';
import type { StackOutputs } from '#infra/platform.ts';
import { checkedMembers } from '../allowed-words.ts';
import type { Recorded, Recording } from '../recording.ts';
import { allOf, list } from '../rules.ts';
import { differences, nothingKept, secretOutputs } from '../shared-rules.ts';
import { DEFINITIONS, RULES } from './all-rules.ts';
import { LIVE_URL, record, SECRETS } from './recording.ts';
import { secretsInPlain } from './secrets.ts';
import { STACKS } from './stacks.ts';

const OUTPUTS = Object.keys({
  apiUrl: true,
  playbackUrl: true,
  sourceBucket: true,
  mediaBucket: true,
  webhookUrl: true,
} satisfies Record<keyof StackOutputs, true>);

/** What the platform makes of the app's variables. */
function environmentIn(resources: readonly Recorded[]): Record<string, string> {
  const envs = allOf(resources, 'App').flatMap(({ inputs }) => list(inputs.spec as never, 'envs'));
  return Object.fromEntries(
    envs.map(({ key, value }) => [key, String(value).replace(/^\$\{APP_URL\}$/, LIVE_URL)]),
  );
}

const registered: Recorded[] = [];

describe.each(Object.entries(STACKS))('a whole stack, %s', (_, config) => {
  let stack: Recording;
  beforeAll(async () => {
    stack = await record(config);
    registered.push(...stack.resources);
  });

  test.each(Object.entries(RULES))('keeps to %s', (_name, rule) => {
    expect(rule(stack.resources)).toEqual([]);
  });

  test('gives the app an environment that the service takes', () => {
    const loaded = completeConfig(loadConfig({ ...environmentIn(stack.resources), SLUICE_IMAGE: '1' }));
    expect(loaded).toMatchObject({
      DELIVERY: 'spaces-cdn',
      S3_VENDOR: 'spaces',
      S3_ENDPOINT: `https://${config.region}.digitaloceanspaces.com`,
      MAX_REQUEST_SECONDS: 90,
      TMP_MAX_BYTES: 1024 ** 3,
      TRANSCODER: config.transcoder ?? 'coconut',
    });
    expect(new URL(loaded.PUBLIC_URL).protocol).toBe('https:');
  });

  test('shows what every cloud shows, and no secret', () => {
    expect(Object.keys(stack.outputs)).toEqual(OUTPUTS);
    expect(secretOutputs(stack)).toEqual([]);
  });

  test('keeps each secret in the one variable that is encrypted', () => {
    const secrets = [...Object.values(SECRETS), 'secret-key-of-', 'database-password', 'registry-token'];
    expect(secretsInPlain(stack, secrets)).toEqual([]);
  });

  test('is all disposable where the data is not to be kept', async () => {
    const { resources } = await record({ ...config, protectData: 'false' });
    expect(nothingKept(resources)).toEqual([]);
    expect(allOf(resources, 'SpacesBucket').map(({ inputs }) => inputs.forceDestroy)).toEqual([true, true]);
  });

  test('registers the same a second time', async () => {
    expect(differences(stack, await record(config))).toEqual([]);
  });
});

test('words of all these stacks were held against the type definitions', () => {
  const checked = checkedMembers(registered, DEFINITIONS);
  expect(checked.length).toBeGreaterThan(30);
  expect(checked).toEqual(
    expect.arrayContaining([
      'App.spec.alerts.rule',
      'App.spec.domainNames.type',
      'App.spec.envs.scope',
      'App.spec.envs.type',
      'App.spec.jobs.kind',
      'App.spec.region',
      'App.spec.services.alerts.operator',
      'App.spec.services.alerts.window',
      'App.spec.services.image.registryType',
      'Certificate.type',
      'DatabaseCluster.engine',
      'DatabaseCluster.size',
      'DatabaseFirewall.rules.type',
      'MonitorAlert.type',
      'MonitorAlert.window',
      'SpacesBucket.acl',
      'SpacesKey.grants.permission',
      'UptimeAlert.period',
      'UptimeAlert.type',
    ]),
  );
});
