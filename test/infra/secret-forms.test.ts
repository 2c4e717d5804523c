import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Config, type Output, runtime } from '@pulumi/pulumi';
import { expect, test } from 'vitest';
import { loadConfig } from '#bootstrap/config.ts';
import { awsSettingsFrom } from '#infra/aws/aws-settings.ts';
import { databasePassword } from '#infra/aws/database/database-password.ts';
import { doSettingsFrom } from '#infra/do/do-settings.ts';
import { serviceSecretsFrom, transcoderWebhookSecret } from '#infra/service-secrets.ts';
import { SERVICE_SETTINGS } from './platforms.ts';
import { shown } from './recording.ts';

const WITH_JWT = { service: SERVICE_SETTINGS };
const base64 = (bytes: number) => Buffer.alloc(bytes, 0xfb).toString('base64');
const LONG = { good: ['x'.repeat(32), 'é'.repeat(16), base64(48)], bad: ['x'.repeat(31), 'é'.repeat(15)] };

interface Form {
  /** Its variable of the service. */
  readonly variable: 'WEBHOOK_SECRET' | 'JWT_SECRET' | 'STORAGE_WEBHOOK_SECRET' | 'COCONUT_WEBHOOK_SECRET';
  readonly read: Read;
  readonly good: readonly string[];
  readonly bad: readonly string[];
}

const FORMS: Readonly<Record<string, Form>> = {
  webhookSecret: {
    variable: 'WEBHOOK_SECRET',
    read: (config) => serviceSecretsFrom(config, WITH_JWT).webhook,
    good: [`whsec_${base64(24)}`, `whsec_${base64(32)}`, `whsec_${base64(64)}`, base64(32)],
    bad: [`whsec_${base64(23)}`, `whsec_${base64(65)}`, `whsec-${base64(32)}`, `whsec_${'-_'.repeat(20)}`],
  },
  storageWebhookSecret: {
    variable: 'STORAGE_WEBHOOK_SECRET',
    read: (config) => serviceSecretsFrom(config, WITH_JWT).storageWebhook,
    ...LONG,
  },
  jwtSecret: {
    variable: 'JWT_SECRET',
    read: (config) => serviceSecretsFrom(config, WITH_JWT).jwt,
    ...LONG,
  },
  transcoderWebhookSecret: { variable: 'COCONUT_WEBHOOK_SECRET', read: transcoderWebhookSecret, ...LONG },
};

type Read = (config: Config) => Output<string> | null;

function configOf(key: string, value: string): Config {
  const others = { storageWebhookSecret: LONG.good[0], jwtSecret: LONG.good[0], webhookSecret: base64(32) };
  const keys = Object.entries({ region: 'fra1', ...others, [key]: value });
  runtime.setAllConfig(Object.fromEntries(keys.map(([name, each]) => [`sluice:${name}`, each ?? ''])), [
    `sluice:${key}`,
  ]);
  return new Config('sluice');
}

async function taken(key: string, value: string, read: Read) {
  return shown(read(configOf(key, value)) ?? '');
}

/** Why it is refused; its `apply` is done at once, as a rejection inside an output is nobody's to catch. */
function refusal(key: string, value: string, read: Read): string {
  const config = configOf(key, value);
  const requireSecret = config.requireSecret.bind(config);
  const known = { apply: (check: (given: string) => string) => check(value) };
  Object.assign(config, { requireSecret: (name: string) => (name === key ? known : requireSecret(name)) });
  try {
    read(config);
    return 'taken';
  } catch (error) {
    return String(error);
  }
}

/** Whether the service says of a variable that its value will not do. */
function isRefusedByService(variable: string, value: string): boolean {
  try {
    loadConfig({ [variable]: value });
    return false;
  } catch (error) {
    return String(error).includes(`${variable} must`);
  }
}

const cases = (kind: 'good' | 'bad') =>
  Object.entries(FORMS).flatMap(([key, form]) => form[kind].map((value) => ({ key, value, ...form })));

test.each([...cases('good'), ...cases('good').map((each) => ({ ...each, value: ` ${each.value}\n` }))])(
  '$key: what the service takes is taken, and stays a secret: $value',
  async ({ key, value, variable, read }) => {
    expect(isRefusedByService(variable, value)).toBe(false);
    expect(await taken(key, value, read)).toEqual({ value, isSecret: true });
  },
);

test.each([...cases('bad'), ...cases('bad').map((each) => ({ ...each, value: `${each.value}   ` }))])(
  '$key: what the service would refuse is refused in a preview, by a line that does not repeat it: $value',
  ({ key, value, variable, read }) => {
    expect(isRefusedByService(variable, value)).toBe(true);
    expectRefused(key, value, read);
  },
);

const COCONUT: readonly Read[] = [
  (config) => awsSettingsFrom(config).coconutApiKey(),
  (config) => doSettingsFrom(config).coconutApiKey(),
];

test.each(['', '  '])('what the service reads as not set is refused: "%s"', (value) => {
  for (const [key, { read }] of Object.entries(FORMS)) expectRefused(key, value, read);
  for (const read of COCONUT) expectRefused('coconutApiKey', value, read);
});

test('any other key of Coconut is taken', async () => {
  for (const read of COCONUT)
    expect(await taken('coconutApiKey', 'k-1', read)).toEqual({ value: 'k-1', isSecret: true });
});

const PASSWORDS = {
  good: ['12345678', 'x'.repeat(128), `a!#$%&'()*+,-.:;<=>?[\\]^_\`{|}~`],
  bad: [
    '1234567',
    'x'.repeat(129),
    'with/slash',
    'with@sign',
    'with"quote',
    'with blank',
    'mit-Umläut',
    ' 12345678',
  ],
};

test.each(PASSWORDS.good)(
  'a password that RDS takes is taken, and the service finds it in the address: %s',
  async (value) => {
    expect(await taken('databasePassword', value, databasePassword)).toEqual({ value, isSecret: true });
    const { DATABASE_URL = '' } = loadConfig({
      DATABASE_URL: `postgres://sluice:${encodeURIComponent(value)}@db.internal:5432/sluice`,
    });
    expect(decodeURIComponent(new URL(DATABASE_URL).password)).toBe(value);
  },
);

test.each(PASSWORDS.bad)('a password that RDS refuses is refused in a preview: %s', (value) => {
  expectRefused('databasePassword', value, databasePassword);
});

test('nothing reads one of these secrets past its form', () => {
  const root = path.resolve(import.meta.dirname, '../../infra');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const read = files.flatMap((file) => {
    const source = readFileSync(path.join(root, file), 'utf8');
    return [...source.matchAll(/\.(?:require|get)(?:Secret)?\('(\w+)'\)/g)].map(([, key]) => key);
  });
  expect(read).toContain('spacesCdnToken');
  const formed = [...Object.keys(FORMS), 'databasePassword', 'coconutApiKey'];
  expect(read.filter((key) => formed.includes(key ?? ''))).toEqual([]);
});

/** One line that names the key and a command, and not the value. */
function expectRefused(key: string, value: string, read: Read): void {
  const told = refusal(key, value, read);
  expect(told).toMatch(new RegExp(`^Error: ${key} must .*: pulumi config set --secret ${key} \\S`));
  expect(told).not.toContain('\n');
  if (value.trim() !== '') expect(told).not.toContain(value.trim());
}
