import { beforeAll, describe, expect, test } from 'vitest';
import { completeConfig, loadConfig } from '#bootstrap/config.ts';
import { identityOfStorage } from '#bootstrap/second-storage.ts';
import { storageIdentity } from '#bootstrap/storage-identity.ts';
import { WORKER_SIZES } from '#infra/aws/compute/fargate-sizes.ts';
import { partThere } from '#infra/aws/second-region.ts';
import type { Recorded, Recording } from '../recording.ts';
import { allOf, list } from '../rules.ts';
import { differences, secretOutputs } from '../shared-rules.ts';
import { secretsInPlain } from './access-rules.ts';
import { RULES } from './all-rules.ts';
import { dataRule } from './kept-data.ts';
import { CONFIG, record, SECRETS } from './recording.ts';
import { environmentIn, SECOND_RULES } from './second-rules.ts';

const TWO = { ...CONFIG, secondRegion: 'ca-central-1', domain: 'api.example.com', zoneId: 'Z123' } as const;
type Stack = Readonly<Record<string, string>>;

/** Configurations that differ in what they register for the second region. */
const STACKS: Readonly<Record<string, Stack>> = {
  'by default': TWO,
  'with every extra, a name for playback and a canary': {
    ...TWO,
    mediaDomain: 'media.example.com',
    mediaCertificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/1',
    secondNetworkCidr: '10.90.0.0/16',
    nat: 'perAz',
    arm: 'true',
    spot: 'true',
    databaseSize: 'medium',
    databaseBackupDays: '14',
    archiveAfterDays: '180',
    archiveUnusedAfterDays: '90',
    playbackLogs: 'true',
    tracing: 'true',
    flowLogs: 'true',
    storageAudit: 'true',
    canary: 'true',
    corsOrigins: 'https://app.example.com',
    signerKeys: '["-----BEGIN PUBLIC KEY-----"]',
  },
  'with Coconut, no NAT and nothing that is kept': {
    ...TWO,
    transcoder: 'coconut',
    nat: 'none',
    protectData: 'false',
  },
};

describe.each(Object.entries(STACKS))('a stack in two regions, %s', (_, config) => {
  let stack: Recording;
  beforeAll(async () => {
    stack = await record(config);
  });

  test.each(Object.entries({ ...RULES, ...SECOND_RULES }))('keeps to: %s', (_name, rule) => {
    expect(rule(stack.resources)).toEqual([]);
  });

  test('keeps its data where that is to be kept, and nothing else', () => {
    const ours = stack.resources.filter(({ name }) => !name.includes('-canary'));
    expect(dataRule(config.protectData !== 'false')(ours)).toEqual([]);
  });

  test.each([
    ['api', 'home', 'eu-central-1'],
    ['worker', 'home', 'eu-central-1'],
    ['once', 'home', 'eu-central-1'],
    ['api', 'there', 'ca-central-1'],
  ] as const)('gives %s at %s an environment that the service takes', (role, region, storageRegion) => {
    const env = environmentIn(stack.resources, role, region);
    const loaded = completeConfig(loadConfig({ ...env, SLUICE_IMAGE: '1' }));
    expect(loaded).toMatchObject({
      PUBLIC_URL: 'https://api.example.com',
      S3_REGION: storageRegion,
      TRANSCODER: config.transcoder ?? 'mediaconvert',
      TRANSCODER_STORAGE: region === 'home' ? 'own' : 'second',
    });
  });

  test('calls both storages the same in both regions, as videos name them', () => {
    const identities = (region: 'home' | 'there') => {
      const env = environmentIn(stack.resources, 'api', region);
      const loaded = completeConfig(loadConfig({ ...env, SLUICE_IMAGE: '1' }));
      return { own: storageIdentity(loaded), second: identityOfStorage(loaded.SECOND_STORAGE ?? '') };
    };
    const [home, there] = [identities('home'), identities('there')];
    expect(home).toEqual({ own: there.second, second: there.own });
    expect(home.own).not.toBe(there.own);
  });

  test('tells the same of everything else to both regions', () => {
    const others = (region: 'home' | 'there') =>
      Object.entries(environmentIn(stack.resources, 'api', region))
        .filter(([name]) => !/^(?:S3_|CLOUDFRONT_|SECOND_STORAGE$|TRANSCODER_STORAGE$)/.test(name))
        .sort();
    expect(others('there')).toEqual(others('home'));
  });

  test('has workers that encode, and as many as what waits for FFmpeg asks for', () => {
    const worker = allOf(stack.resources, 'TaskDefinition').find(({ name }) => name.endsWith('-worker'));
    const { cpuUnits, memoryMib } = WORKER_SIZES.encodes.small;
    expect(worker?.inputs).toMatchObject({ cpu: String(cpuUnits), memory: String(memoryMib) });
    const alarms = allOf(stack.resources, 'MetricAlarm').filter(({ name }) => /-(more|fewer)$/.test(name));
    for (const { inputs } of alarms)
      expect(JSON.stringify(list(inputs, 'metricQueries'))).toContain('sluice_transcode_jobs');
    expect(alarms.map(({ inputs }) => inputs.threshold).sort()).toEqual([0, 1]);
  });

  test('keeps secrets where the state is ciphertext, and shows none', () => {
    const secrets = [...Object.values(SECRETS), 'secret-key-of-'];
    expect(secretsInPlain(secrets)(stack.resources)).toEqual([]);
    expect(secretOutputs(stack)).toEqual([]);
  });

  test('shows the buckets of both regions', () => {
    expect(stack.outputs).toMatchObject({
      sourceBucket: { value: 'sluice-production-sources-1a2b3c4' },
      secondSourceBucket: { value: 'sluice-production-2-sources-1a2b3c4' },
      secondMediaBucket: { value: 'sluice-production-2-media-1a2b3c4' },
      secondClusterName: { value: 'sluice-production-2' },
    });
  });

  test('registers the same a second time', async () => {
    expect(differences(stack, await record(config))).toEqual([]);
  });
});

const keyOf = ({ type, name }: Recorded) => `${type.split(':').at(-1)} ${name}`;

test('a second region changes at home only what has to know of it', async () => {
  const one = await record({ ...CONFIG, domain: 'api.example.com', zoneId: 'Z123' });
  const two = await record(TWO);
  const texts = new Set(two.resources.map(({ type, name, inputs }) => JSON.stringify([type, name, inputs])));
  const changed = one.resources.filter(
    ({ type, name, inputs }) => !texts.has(JSON.stringify([type, name, inputs])),
  );
  expect(changed.map(keyOf).sort()).toEqual([
    'Dashboard sluice-production',
    'MetricAlarm sluice-production-worker-fewer',
    'MetricAlarm sluice-production-worker-more',
    'Policy sluice-production-worker-more',
    'Record sluice-production',
    'RolePolicy sluice-production-api',
    'RolePolicy sluice-production-once',
    'RolePolicy sluice-production-worker',
    'SecretVersion sluice-production',
    'TaskDefinition sluice-production-api',
    'TaskDefinition sluice-production-once',
    'TaskDefinition sluice-production-worker',
    'UserPolicy sluice-production-signing',
  ]);
});

test('without an API there, the storage there is still read and written from home, and the domain leads home alone', async () => {
  const { resources } = await record({ ...TWO, secondApi: 'false' });
  expect(
    allOf(resources, 'Service')
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['sluice-production-api', 'sluice-production-worker']);
  expect(environmentIn(resources, 'api', 'home').SECOND_STORAGE).toContain('ca-central-1');
  const records = allOf(resources, 'Record').filter(({ inputs }) => inputs.type === 'A');
  expect(records.map(({ inputs }) => inputs.setIdentifier)).toEqual(['eu-central-1']);
  expect(allOf(resources, 'VpcPeeringConnection')).toHaveLength(1);
});

test('what the layers below lack in the second region is told in one line', () => {
  expect(partThere('data', { region: 'ca-central-1' }, 'ca-central-1')).toEqual({ region: 'ca-central-1' });
  expect(() => partThere('site', null, 'ca-central-1')).toThrow('The site has nothing in ca-central-1');
  expect(() => partThere('data', { region: 'eu-west-1' }, 'ca-central-1')).toThrow('set secondRegion on its');
});

test.each([
  [{ secondRegion: 'eu-central-1' }, 'secondRegion must be another region than aws:region'],
  [{ secondRegion: 'Frankfurt' }, 'secondRegion must be a region of AWS'],
  [{ domain: undefined, zoneId: undefined }, 'secondRegion needs domain'],
  [{ zoneId: undefined }, 'secondRegion needs zoneId'],
  [{ secondNetworkCidr: '10.20.0.0/16' }, 'must differ from networkCidr'],
  [{ apiMax: '14' }, '28 api and 4 worker'],
])('a second region that cannot be is refused in one line: %j', async (change, reason) => {
  const config = Object.fromEntries(
    Object.entries({ ...TWO, ...change }).filter(([, value]) => value !== undefined),
  ) as Record<string, string>;
  await expect(record(config)).rejects.toThrow(reason);
});
