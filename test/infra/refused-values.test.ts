import { Config, runtime } from '@pulumi/pulumi';
import { expect, test } from 'vitest';
import { awsSettingsFrom } from '#infra/aws/aws-settings.ts';
import { doSettingsFrom } from '#infra/do/do-settings.ts';
import { settingsFrom } from '#infra/settings.ts';
import { CONFIG as AWS } from './aws/recording.ts';
import { CONFIG as DO } from './do/recording.ts';
import type { StackConfig } from './recording.ts';

const CLOUDS = {
  aws: { base: AWS, own: awsSettingsFrom },
  do: { base: DO, own: doSettingsFrom },
};

function read(cloud: keyof typeof CLOUDS, change: StackConfig): unknown {
  const { base, own } = CLOUDS[cloud];
  const keys = Object.entries({ ...base, ...change }).map(([key, value]) => [`sluice:${key}`, value]);
  runtime.setAllConfig(Object.fromEntries(keys));
  const config = new Config('sluice');
  return { ...settingsFrom(config), ...own(config) };
}

/** What a cloud would refuse in the middle of an `up` is refused before it. */
const REFUSED: readonly [StackConfig, string][] = [
  [{ domain: 'https://api.example.com' }, 'domain must be a name such as api.example.com'],
  [{ domain: 'api.example.com/' }, 'without https://; given: api.example.com/'],
  [{ domain: 'localhost' }, 'domain must be a name'],
  [{ mediaDomain: 'https://media.example.com' }, 'mediaDomain must be a name'],
  [{ alarmEmail: 'nobody' }, 'alarmEmail must be an address such as ops@example.com; given: nobody'],
  [{ databasePoolSize: '0' }, 'databasePoolSize must be a whole number from 1 to 100'],
  [{ environment: 'Prod' }, 'environment must be 2 to 15 small letters, digits and hyphens'],
  [{ environments: '["staging"]' }, 'environments must hold production, the environment of this stack'],
  [{ environments: '"production"' }, 'environments must be a list'],
];

test.each(
  (['aws', 'do'] as const).flatMap((cloud) => REFUSED.map(([change, reason]) => ({ cloud, change, reason }))),
)('$cloud: $change is refused in one line that says what it takes', ({ cloud, change, reason }) => {
  expect(() => read(cloud, change)).toThrow(reason);
});

test.each(['aws', 'do'] as const)('%s: what is well formed is taken', (cloud) => {
  const change = {
    domain: 'api.xn--bcher-kva.example',
    alarmEmail: 'ops+video@sub.example.com',
    databasePoolSize: '1',
    environments: '["production","staging"]',
  };
  expect(read(cloud, change)).toMatchObject({ environments: ['production', 'staging'] });
  expect(read(cloud, { layer: 'site', environments: '["staging"]' })).toMatchObject({
    environments: ['staging'],
  });
});

test('the second CDN of DigitalOcean takes a name too', () => {
  expect(() => read('do', { secondMediaDomain: 'https://west.example.com' })).toThrow(
    'secondMediaDomain must be a name',
  );
});
