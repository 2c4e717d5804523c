import { Config, runtime } from '@pulumi/pulumi';
import { beforeAll, describe, expect, test } from 'vitest';
import { completeConfig, loadConfig } from '#bootstrap/config.ts';
import { settingsFrom } from '#bootstrap/config-settings.ts';
import { tokenVerifier } from '#bootstrap/token-verifier.ts';
import { canaryNameOf } from '#infra/aws/canary/canary.ts';
import { canaryIdentityFrom, checkedToken } from '#infra/aws/canary/canary-identity.ts';
import type { Recorded, Recording } from '../recording.ts';
import { allOf, at, list, parsed } from '../rules.ts';
import { differences } from '../shared-rules.ts';
import { secretsInPlain } from './access-rules.ts';
import { RULES } from './all-rules.ts';
import { CANARY_RULES } from './canary-rules.ts';
import { containersIn } from './containers.ts';
import { inside, json, type Plant, set, statement } from './planting.ts';
import { CONFIG, record, SECRETS } from './recording.ts';

const ON = { ...CONFIG, environment: 'staging-longest', canary: 'true' } as const;
const KEYS = {
  jwtJwksUrl: 'https://issuer.example.com/keys',
  jwtIssuer: 'https://issuer.example.com',
  jwtAudience: 'sluice',
} as const;

/** A token as another issuer would sign it. */
const foreign = (claims: object) =>
  ['e30', Buffer.from(JSON.stringify(claims)).toString('base64url'), 'c2lnbmVk'].join('.');

const tokenIn = ({ resources }: Recording): string => {
  const version = allOf(resources, 'SecretVersion').find(({ name }) => name.endsWith('-canary'));
  return String(parsed(version?.inputs ?? {}, 'secretString').token);
};

/** Variables of a role that are no secrets. */
const plainOf = ({ resources }: Recording, role: string): Record<string, string> => {
  const container = containersIn(resources).find(({ name }) => name === role) ?? {};
  return Object.fromEntries(
    list(container, 'environment').map(({ name, value }) => [String(name), String(value)]),
  );
};

let sound: Recording;
beforeAll(async () => {
  sound = await record(ON);
});

describe('a whole stack with a canary', () => {
  test.each(Object.entries({ ...RULES, ...CANARY_RULES }))('keeps to: %s', (_, rule) => {
    expect(rule(sound.resources)).toEqual([]);
  });

  test('registers the same a second time, its token too', async () => {
    expect(differences(sound, await record(ON))).toEqual([]);
  });

  test('shows its token nowhere', () => {
    expect(secretsInPlain([tokenIn(sound), ...Object.values(SECRETS)])(sound.resources)).toEqual([]);
  });

  test('tells every role whose videos the sweep deletes, and that is whom its token speaks for', async () => {
    const verify = tokenVerifier({
      JWT_SECRET: SECRETS.jwtSecret,
      JWT_JWKS_URL: undefined,
      JWT_ISSUER: undefined,
      JWT_AUDIENCE: undefined,
    });
    const { ownerId, subject, scopes } = await verify(tokenIn(sound));
    expect({ subject, scopes }).toEqual({ subject: 'sluice-canary', scopes: [] });
    for (const role of ['api', 'worker']) {
      const { CANARY_SUBJECT = '' } = plainOf(sound, role);
      expect(settingsFrom(completeConfig(loadConfig({ ...LOADED, CANARY_SUBJECT }))).canaryOwnerId).toBe(
        ownerId,
      );
    }
    const [, payload = ''] = tokenIn(sound).split('.');
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toEqual({
      sub: 'sluice-canary',
      exp: Date.UTC(2035, 0, 1) / 1000,
    });
  });

  test('shows success and every step on the dashboard', () => {
    const [dashboard] = allOf(sound.resources, 'Dashboard');
    const shown = list(parsed(dashboard?.inputs ?? {}, 'dashboardBody'), 'widgets')
      .map((widget) => at(widget, 'properties'))
      .filter(({ title }) => String(title).startsWith('Canary'));
    expect(JSON.stringify(shown)).toContain('"CanaryName","staging-longest-probe"');
    expect(shown.map(({ metrics }) => (metrics as unknown[]).length)).toEqual([1, 7]);
  });
});

/** What a role that can start has, beside what is asked. */
const LOADED = {
  DATABASE_URL: 'postgres://sluice:x@db.internal:5432/sluice',
  S3_REGION: 'eu-central-1',
  S3_SOURCE_BUCKET: 'sources',
  S3_MEDIA_BUCKET: 'media',
};

test('where it is not asked for there is none of it', async () => {
  const { resources } = await record(CONFIG);
  expect(resources.filter(({ name }) => name.includes('canary'))).toEqual([]);
  expect(JSON.stringify(resources)).not.toMatch(/CanaryName|CANARY_SUBJECT/);
});

test('the longest name of an environment leaves a name that a Lambda function can take', () => {
  expect(`cwsyn-${canaryNameOf('x'.repeat(15))}-${crypto.randomUUID()}`.length).toBeLessThanOrEqual(64);
});

describe('with tokens of another issuer', () => {
  const stack = { ...ON, ...KEYS, canarySubject: 'probe' };
  const tokens = {
    kind: 'keys',
    jwksUrl: KEYS.jwtJwksUrl,
    issuer: KEYS.jwtIssuer,
    audience: KEYS.jwtAudience,
  } as const;
  const identity = (given: Readonly<Record<string, string>>) => {
    const keys = Object.entries(given).map(([key, value]) => [`sluice:${key}`, value]);
    runtime.setAllConfig(Object.fromEntries(keys), []);
    return canaryIdentityFrom(new Config('sluice'), tokens, null);
  };

  test('its token is asked for, in one line', () => {
    const lacks = /^canary needs canarySubject and the secret canaryToken, [^\n]*$/;
    for (const given of [{}, { canarySubject: 'probe' }, { canaryToken: foreign({ sub: 'probe' }) }])
      expect(() => identity(given)).toThrow(lacks);
    const canaryToken = foreign({ sub: 'a b' });
    expect(() => identity({ canarySubject: 'a b', canaryToken })).toThrow('canarySubject must be');
  });

  test('the token that is given is the one it uses, and its subject is told', async () => {
    const canaryToken = foreign({ sub: 'probe', exp: 2_051_222_400 });
    const recorded = await record({ ...stack, canaryToken });
    expect(tokenIn(recorded)).toBe(canaryToken);
    expect(plainOf(recorded, 'worker')).toMatchObject({
      CANARY_SUBJECT: 'probe',
      JWT_ISSUER: 'https://issuer.example.com',
    });
  });

  test.each([foreign({ sub: 'somebody' }), foreign({}), 'no token', ''])(
    'a token of somebody else is refused, whose videos would go: %s',
    (token) => {
      expect(() => checkedToken('probe', token)).toThrow(
        /^canaryToken must be a JWT whose sub is canarySubject$/,
      );
    },
  );
});

const DEFECTS: Readonly<Record<string, readonly Plant[]>> = {
  'a canary runs as Synthetics takes it': [
    ['Canary', '', set('runtimeVersion', 'syn-nodejs-2.0')],
    ['Canary', '', set('runtimeVersion', 'syn-nodejs-puppeteer-9.1')],
    ['Canary', '', inside('schedule', 'expression', 'every(5 minutes)')],
    ['Canary', '', inside('schedule', 'expression', 'rate(5 minute)')],
    ['Canary', '', inside('schedule', 'expression', 'rate(0 minute)')],
    ['Canary', '', inside('schedule', 'expression', 'rate(1 minute)')],
    ['Canary', '', inside('runConfig', 'memoryInMb', 1000)],
    ['Canary', '', inside('runConfig', 'environmentVariables', { API_URL: 'https://x', JWT_SECRET: 'x' })],
    ['Canary', '', set('name', 'sluice-staging-longest')],
    ['Canary', '', set('startCanary', false)],
  ],
  'a canary runs our script': [
    ['BucketObjectv2', '', null],
    ['BucketObjectv2', '', set('contentBase64', 'UEs=')],
    ['Canary', '', set('s3Key', 'code/old.zip')],
  ],
  'a canary may do its own work only': [
    ['RolePolicy', '-canary', null],
    ['RolePolicy', '-canary', json('policy', (policy) => add(policy, 's3:DeleteObject', 'arn:aws:s3:::b/*'))],
    [
      'RolePolicy',
      '-canary',
      json('policy', (policy) => add(policy, 'secretsmanager:GetSecretValue', 'arn:aws:x:secret/other')),
    ],
    [
      'RolePolicy',
      '-canary',
      json('policy', (policy) => add(policy, 's3:PutObject', 'arn:aws:s3:::media/*')),
    ],
    ['RolePolicy', '-canary', statement('policy', { Condition: undefined })],
  ],
  'metrics are written in one namespace': [
    ['RolePolicy', '-canary', statement('policy', { Condition: undefined })],
  ],
  'a canary is watched': [
    ['MetricAlarm', '-canary-fails', null],
    ['MetricAlarm', '-canary-slow', null],
    ['MetricAlarm', '-canary-fails', set('treatMissingData', 'notBreaching')],
    ['MetricAlarm', '-canary-fails', set('threshold', 50)],
    ['MetricAlarm', '-canary-slow', set('period', 60)],
    ['MetricAlarm', '-canary-slow', inside('dimensions', 'CanaryName', 'another')],
    ['Canary', '', null],
  ],
  'a canary holds its own token': [
    ['SecretVersion', '-canary', null],
    ['SecretVersion', '-canary', set('secretString', SECRETS.jwtSecret)],
    ['SecretVersion', '-canary', (_, version) => Object.assign(version, { secretInputs: [] })],
  ],
  'every alarm has a runbook and a metric that is there': [
    ['MetricAlarm', '-canary-fails', set('alarmDescription', 'docs/operate.md#canary-sings')],
  ],
};

function add(policy: Record<string, unknown>, action: string, resource: string): void {
  list(policy, 'Statement').push({ Effect: 'Allow', Action: [action], Resource: [resource] });
}

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
)('%s: defect %i of the canary is told', (rule, _, plant) => {
  const check = { ...RULES, ...CANARY_RULES }[rule];
  expect(check?.(planted(plant))).not.toEqual([]);
});

test('every rule of the canary has a defect', () => {
  expect(Object.keys(CANARY_RULES).filter((rule) => !(rule in DEFECTS))).toEqual([]);
});
