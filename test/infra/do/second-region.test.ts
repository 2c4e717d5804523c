import { beforeAll, describe, expect, test } from 'vitest';
import { completeConfig, loadConfig } from '#bootstrap/config.ts';
import { identityOfStorage } from '#bootstrap/second-storage.ts';
import { storageIdentity } from '#bootstrap/storage-identity.ts';
import type { Recorded, Recording } from '../recording.ts';
import { allOf, at, list } from '../rules.ts';
import { differences, nothingKept, secretOutputs } from '../shared-rules.ts';
import { RULES } from './all-rules.ts';
import { CONFIG, liveUrlOf, record, SECRETS } from './recording.ts';
import { SECOND_RULES, variablesOf } from './second-rules.ts';

const TWO = { ...CONFIG, secondRegion: 'tor1', domain: 'api.example.com' } as const;

/** Configurations that differ in what they register for the second region. */
const STACKS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'by default': TWO,
  'from New York, long-named and large, with domains of the CDNs': {
    ...TWO,
    region: 'nyc3',
    secondRegion: 'sfo3',
    secondNetworkCidr: '10.80.0.0/16',
    environment: 'longest-of-all1',
    mediaDomain: 'media.example.com',
    secondMediaDomain: 'west.example.com',
    transcoderFallback: 'ffmpeg',
    apiSize: 'large',
    workerSize: 'large',
    databaseSize: 'large',
    registryCredentials: 'user:registry-token',
  },
  'with FFmpeg alone and tokens by public keys': {
    ...TWO,
    transcoder: 'ffmpeg',
    jwtJwksUrl: 'https://issuer.example.com/keys',
    jwtIssuer: 'https://issuer.example.com',
    jwtAudience: 'sluice',
  },
};

describe.each(Object.entries(STACKS))('a stack in two regions, %s', (_, config) => {
  let stack: Recording;
  let home: Recorded;
  let there: Recorded;

  beforeAll(async () => {
    stack = await record(config);
    [home, there] = allOf(stack.resources, 'App').sort((a, b) => a.name.length - b.name.length) as [
      Recorded,
      Recorded,
    ];
  });

  test.each(Object.entries({ ...RULES, ...SECOND_RULES }))('keeps to %s', (_name, rule) => {
    expect(rule(stack.resources)).toEqual([]);
  });

  test('gives each app an environment that the service takes, with its own region first', () => {
    for (const [app, region] of [
      [home, config.region],
      [there, config.secondRegion],
    ] as const) {
      const loaded = completeConfig(loadConfig({ ...variablesOf(app), SLUICE_IMAGE: '1' }));
      expect(loaded).toMatchObject({
        PUBLIC_URL: 'https://api.example.com',
        S3_ENDPOINT: `https://${region}.digitaloceanspaces.com`,
        TRANSCODER: config.transcoder ?? 'coconut',
      });
    }
  });

  test('calls both storages the same in both regions, as videos name them', () => {
    const [own, other] = [home, there].map((app) => {
      const loaded = completeConfig(loadConfig({ ...variablesOf(app), SLUICE_IMAGE: '1' }));
      return { own: storageIdentity(loaded), second: identityOfStorage(loaded.SECOND_STORAGE ?? '') };
    });
    expect(own).toEqual({ own: other?.second, second: other?.own });
    expect(own?.own).not.toBe(own?.second);
  });

  test('has workers that encode: nobody else reaches the videos of the second region', () => {
    const [worker] = list(at(home.inputs, 'spec'), 'workers');
    expect(worker?.instanceSizeSlug).toMatch(/2vcpu-4gb$|4vcpu-8gb$/);
  });

  test('lets the networks of both regions to the database, and no others', () => {
    const rules = allOf(stack.resources, 'DatabaseFirewall').flatMap(({ inputs }) => list(inputs, 'rules'));
    const ranges = allOf(stack.resources, 'Vpc').map(({ inputs }) => inputs.ipRange);
    expect(rules).toEqual(ranges.map((value) => ({ type: 'ip_addr', value })));
    expect(ranges).toHaveLength(2);
  });

  test("shows the balancer's pools and the other storage, and no secret", () => {
    const { outputs } = stack;
    expect(outputs.apiUrl?.value).toBe('https://api.example.com');
    expect(outputs.homeApiUrl?.value).toBe(liveUrlOf(home.name));
    expect(outputs.secondApiUrl?.value).toBe(liveUrlOf(there.name));
    expect(outputs.secondMediaBucket?.value).toBe(variablesOf(there).S3_MEDIA_BUCKET);
    expect(outputs.secondSourceBucket?.value).toBe(variablesOf(there).S3_SOURCE_BUCKET);
    expect(outputs.secondPlaybackUrl?.value).toBe(variablesOf(there).SPACES_CDN_URL);
    expect(secretOutputs(stack)).toEqual([]);
  });

  test('keeps each secret in variables that are encrypted', () => {
    const secrets = [...Object.values(SECRETS), 'secret-key-of-', 'database-password', 'registry-token'];
    const general = [home, there]
      .flatMap(({ inputs }) => list(at(inputs, 'spec'), 'envs'))
      .filter(({ type }) => type === 'GENERAL');
    const others = stack.resources.filter(({ type }) => !/:App$|providers:digitalocean$/.test(type));
    const seen = JSON.stringify([general, others, stack.outputs]);
    expect(secrets.filter((secret) => seen.includes(secret))).toEqual([]);
  });

  test('is all disposable where the data is not to be kept', async () => {
    const { resources } = await record({ ...config, protectData: 'false' });
    expect(nothingKept(resources)).toEqual([]);
    expect(allOf(resources, 'SpacesBucket').map(({ inputs }) => inputs.forceDestroy)).toEqual(
      Array(4).fill(true),
    );
  });

  test('registers the same a second time, and shows all of it in a preview', async () => {
    expect(differences(await record(config), stack)).toEqual([]);
    const seen = await record(config, {}, { isPreview: true });
    const names = ({ resources }: Recording) => resources.map(({ type, name }) => `${type} ${name}`).sort();
    expect(names(seen)).toEqual(names(stack));
  });
});

test("without an API the second region is storage that home reaches, and the domain is the app's", async () => {
  const { resources, outputs } = await record({ ...TWO, secondApi: 'false', zone: 'example.com' });
  const [app, ...others] = allOf(resources, 'App');
  expect(others).toEqual([]);
  expect(list(at(app?.inputs ?? {}, 'spec'), 'domainNames')).toHaveLength(1);
  expect(variablesOf(app as Recorded).SECOND_STORAGE).toContain('https://tor1.digitaloceanspaces.com');
  expect(allOf(resources, 'VpcPeering')).toHaveLength(1);
  expect(outputs.homeApiUrl?.value).toBe(liveUrlOf('sluice-production'));
  expect(Object.keys(outputs)).not.toContain('secondApiUrl');
  await expect(record({ ...CONFIG, secondRegion: 'tor1', secondApi: 'false' })).resolves.toBeDefined();
});

test('a second region moves nothing of the first but what has to know of it', async () => {
  const one = await record({ ...CONFIG, transcoder: 'ffmpeg', domain: 'api.example.com' });
  const two = await record({ ...TWO, transcoder: 'ffmpeg' });
  const textOf = ({ type, name, inputs }: Recorded) => JSON.stringify([type, name, inputs]);
  const texts = new Set(two.resources.map(textOf));
  const changed = one.resources.filter((resource) => !texts.has(textOf(resource)));
  expect(changed.map(({ type, name }) => `${type.split(':').at(-1)} ${name}`).sort()).toEqual([
    'App sluice-production',
    'DatabaseFirewall sluice-production',
    'ProjectResources sluice-production',
  ]);
});

test.each([
  [{ secondRegion: 'fra1' }, 'another one than region'],
  [{ secondRegion: 'nyc1' }, 'secondRegion must be ams3'],
  [{ secondRegion: 'blr1' }, 'networks of blr1 join no others'],
  [{ region: 'blr1' }, 'networks of blr1 join no others'],
  [{ domain: undefined }, 'secondRegion needs domain'],
  [{ zone: 'example.com' }, 'the balancer serves domain'],
  [{ networkCidr: '10.20.0.0/16' }, 'networkCidr must not be 10.20.0.0/16'],
  [{ secondNetworkCidr: '10.19.0.0/16' }, 'secondNetworkCidr must not be 10.19.0.0/16'],
  [{ secondNetworkCidr: '10.60.0.0/16' }, 'must differ from networkCidr'],
  [{ apiMin: '6' }, '12 api and 1 worker'],
  [{ apiSize: 'medium', workerSize: 'medium', databaseSize: 'medium' }, '12 api and 4 worker'],
])('a second region that cannot be is refused in one line: %j', async (change, reason) => {
  const config = Object.fromEntries(
    Object.entries({ ...TWO, ...change }).filter(([, value]) => value !== undefined),
  ) as Record<string, string>;
  await expect(record(config)).rejects.toThrow(reason);
});
