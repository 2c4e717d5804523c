import { beforeAll, describe, expect, test } from 'vitest';
import { completeConfig, loadConfig } from '#bootstrap/config.ts';
import type { StackOutputs } from '#infra/platform.ts';
import type { Recorded, Recording } from '../recording.ts';
import { allOf, list } from '../rules.ts';
import { APP_RULES } from './app-rules.ts';
import { DATA_RULES } from './data-rules.ts';
import { CONFIG, LIVE_URL, record, SECRETS } from './recording.ts';

/** Configurations that differ in what they register. */
const STACKS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'by default': CONFIG,
  'large, with names of its own and FFmpeg behind Coconut': {
    ...CONFIG,
    domain: 'api.example.com',
    zone: 'example.com',
    mediaDomain: 'media.example.com',
    transcoderFallback: 'ffmpeg',
    apiSize: 'large',
    workerSize: 'large',
    databaseSize: 'large',
    databaseStorageGib: '301',
    image: 'registry.digitalocean.com/example/sluice:1.2.3',
    registryTier: 'basic',
    registryCredentials: 'user:registry-token',
    corsOrigins: 'https://app.example.com, https://www.example.com',
  },
  'small, with FFmpeg alone, one node and tokens by public keys': {
    ...CONFIG,
    environment: 'longest-of-all1',
    transcoder: 'ffmpeg',
    databaseStandby: 'false',
    apiMin: '1',
    jwtJwksUrl: 'https://issuer.example.com/keys',
    jwtIssuer: 'https://issuer.example.com',
    jwtAudience: 'sluice',
  },
};

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

describe.each(Object.entries(STACKS))('a whole stack, %s', (_, config) => {
  let stack: Recording;
  beforeAll(async () => {
    stack = await record(config);
  });

  test.each(Object.entries({ ...DATA_RULES, ...APP_RULES }))('keeps to %s', (_name, rule) => {
    expect(rule(stack.resources)).toEqual([]);
  });

  test('gives the app an environment that the service takes', () => {
    const loaded = completeConfig(loadConfig({ ...environmentIn(stack.resources), SLUICE_IMAGE: '1' }));
    expect(loaded).toMatchObject({
      DELIVERY: 'spaces-cdn',
      S3_VENDOR: 'spaces',
      S3_ENDPOINT: 'https://fra1.digitaloceanspaces.com',
      MAX_REQUEST_SECONDS: 90,
      TMP_MAX_BYTES: 1024 ** 3,
      TRANSCODER: config.transcoder ?? 'coconut',
    });
    expect(new URL(loaded.PUBLIC_URL).protocol).toBe('https:');
  });

  test('shows what every cloud shows, and no secret', () => {
    expect(Object.keys(stack.outputs)).toEqual(OUTPUTS);
    expect(Object.entries(stack.outputs).filter(([, { isSecret }]) => isSecret)).toEqual([]);
  });

  test('keeps each secret in the one variable that is encrypted', () => {
    const secrets = [...Object.values(SECRETS), 'secret-key-of-', 'database-password', 'registry-token'];
    const general = allOf(stack.resources, 'App')
      .flatMap(({ inputs }) => list(inputs.spec as never, 'envs'))
      .filter(({ type }) => type === 'GENERAL');
    const others = stack.resources.filter(({ type }) => !/:App$|providers:digitalocean$/.test(type));
    const seen = JSON.stringify([general, others, stack.outputs]);
    expect(secrets.filter((each) => seen.includes(each))).toEqual([]);
  });

  test('is all disposable where the data is not to be kept', async () => {
    const { resources } = await record({ ...config, protectData: 'false' });
    expect(resources.filter(({ isProtected, isRetained }) => isProtected || isRetained)).toEqual([]);
    expect(allOf(resources, 'SpacesBucket').map(({ inputs }) => inputs.forceDestroy)).toEqual([true, true]);
  });

  test('registers the same a second time', async () => {
    const again = await record(config);
    const sorted = ({ resources }: Recording) => resources.map((each) => JSON.stringify(each)).sort();
    expect(sorted(again)).toEqual(sorted(stack));
  });
});
