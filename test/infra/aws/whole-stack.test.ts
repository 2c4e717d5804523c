import { beforeAll, describe, expect, test } from 'vitest';
import { completeConfig, loadConfig } from '#bootstrap/config.ts';
import type { StackOutputs } from '#infra/platform.ts';
import type { Recorded, Recording } from '../recording.ts';
import { allOf, list } from '../rules.ts';
import { ACCESS_RULES, secretsInPlain } from './access-rules.ts';
import { APP_RULES } from './app-rules.ts';
import { containersIn } from './containers.ts';
import { CONFIG, record, SECRETS } from './recording.ts';
import { STORAGE_RULES } from './storage-rules.ts';

/** Configurations that differ in what they register. */
const STACKS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'by default': CONFIG,
  'large, with domains of its own and every extra': {
    ...CONFIG,
    domain: 'api.example.com',
    zoneId: 'Z123',
    mediaDomain: 'media.example.com',
    mediaCertificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/1',
    transcoderFallback: 'ffmpeg',
    apiSize: 'large',
    workerSize: 'large',
    workerMax: '12',
    databaseSize: 'large',
    nat: 'perAz',
    arm: 'true',
    spot: 'true',
    protectData: 'false',
    archiveAfterDays: '180',
    archiveUnusedAfterDays: '90',
    playbackLogs: 'true',
    budgetUsd: '500',
    tracing: 'true',
    flowLogs: 'true',
    guardDuty: 'true',
    securityHub: 'true',
    inspector: 'true',
    storageAudit: 'true',
    corsOrigins: 'https://app.example.com, https://www.example.com',
    signerKeys: '["-----BEGIN PUBLIC KEY-----"]',
  },
  'small, with FFmpeg alone, no NAT and tokens by public keys': {
    ...CONFIG,
    environment: 'staging-longest',
    transcoder: 'ffmpeg',
    nat: 'none',
    databaseStandby: 'false',
    apiMin: '1',
    jwtJwksUrl: 'https://issuer.example.com/keys',
    jwtIssuer: 'https://issuer.example.com',
    jwtAudience: 'sluice',
  },
  'with Coconut and users of its own': {
    ...CONFIG,
    userPool: 'true',
    transcoder: 'coconut',
    coconutRegion: 'eu-west-1',
  },
};

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

describe.each(Object.entries(STACKS))('a whole stack, %s', (_, config) => {
  let stack: Recording;
  beforeAll(async () => {
    stack = await record(config);
  });

  test.each(Object.entries({ ...STORAGE_RULES, ...ACCESS_RULES, ...APP_RULES }))(
    'keeps to: %s',
    (_name, rule) => {
      expect(rule(stack.resources)).toEqual([]);
    },
  );

  test.each(['api', 'worker', 'migrate'])('gives %s an environment that the service takes', (role) => {
    const loaded = completeConfig(loadConfig({ ...environmentOf(stack.resources, role), SLUICE_IMAGE: '1' }));
    expect(loaded).toMatchObject({
      DELIVERY: 'cloudfront',
      S3_VENDOR: 'aws',
      S3_REGION: 'eu-central-1',
      DATABASE_CA_CERT: '/app/authorities/rds.pem',
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
    const hidden = Object.entries(stack.outputs).filter(([, { isSecret }]) => isSecret);
    expect(hidden.map(([name]) => name)).toEqual([]);
  });

  test('registers the same a second time', async () => {
    const again = await record(config);
    const sorted = ({ resources }: Recording) => resources.map((each) => JSON.stringify(each)).sort();
    expect(sorted(again)).toEqual(sorted(stack));
  });
});
