import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { OWN_KEYS, SHARED_KEYS, unknownKeys } from '#infra/known-keys.ts';
import type { StackOutputs } from '#infra/platform.ts';
import { CONFIG as AWS, record as recordAws } from './aws/recording.ts';
import { CONFIG as DO, record as recordDo } from './do/recording.ts';
import type { Recording } from './recording.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const FLEETS = ['Min', 'Max', 'Size'];

/** `config.get('key'` and `config.requireSecret('key'`, and what is handed on as `oneOf(config, 'key'`. */
const READ = /\bconfig\.\w+(?:<[^(]*>)?\(\s*'(\w+)'|\(\s*config,\s*'(\w+)'/g;

/** Keys that the files of a folder read. A fleet is read by its role. */
function keysIn(pattern: string): string[] {
  const texts = globSync(pattern, { cwd: ROOT }).map((file) => readFileSync(path.join(ROOT, file), 'utf8'));
  const found = texts.flatMap((text) =>
    [...text.matchAll(READ)].map(([, asked, handed]) => asked ?? handed ?? ''),
  );
  return [
    ...new Set(
      found.flatMap((key) =>
        key === 'api' || key === 'worker' ? FLEETS.map((part) => `${key}${part}`) : [key],
      ),
    ),
  ];
}

const SHARED = keysIn('infra/*.ts');
const OWN = { aws: keysIn('infra/aws/**/*.ts'), do: keysIn('infra/do/**/*.ts') };

/** Keys that one cloud reads and the other does not, each with why. */
const ONE_CLOUD: Readonly<Record<'aws' | 'do', Readonly<Record<string, string>>>> = {
  aws: {
    zoneId: 'zone of Route 53, by its id',
    certificateArn: 'a certificate of ACM that is there already; App Platform makes its own',
    mediaCertificateArn: 'the same for the CDN, in us-east-1',
    databasePassword: 'RDS is told one; DigitalOcean makes its own',
    databaseCaCert: 'RDS has public authorities; the stack reads the cluster of DigitalOcean for its own',
    signerKeys: 'signed playback: the CDN of Spaces signs nothing',
    apiRateLimit: 'a rule of WAF: App Platform has none',
    playbackLogs: 'the CDN of Spaces writes none',
    archiveUnusedAfterDays: 'Intelligent-Tiering: a Space has one class',
    permissionsBoundaryArn: 'of roles and users of IAM',
    signingKey: 'URLs that outlive the session of a role; keys of Spaces have no session',
    signingKeyNames: 'one signs while the other goes',
    canarySubject: 'the canary is of CloudWatch',
    canaryToken: 'the canary is of CloudWatch',
    migrationMaxMinutes: 'a task that the stack awaits; App Platform awaits its job itself',
  },
  do: {
    region: 'of AWS it is aws:region, which its provider reads',
    zone: "zone of DigitalOcean's DNS, by its name",
    secondMediaDomain: 'on AWS a domain is one distribution, and its home has it',
    registryTier: 'an account has one registry; on AWS each site has its repository, at no price',
    registryCredentials: 'ECS pulls by its role',
    spacesCdnToken: 'purges of the CDN; on AWS the role may',
  },
};

const alone = (mine: readonly string[], others: readonly string[]) =>
  mine.filter((key) => !SHARED.includes(key) && !others.includes(key));

const OUTPUTS = Object.keys({
  apiUrl: true,
  playbackUrl: true,
  sourceBucket: true,
  mediaBucket: true,
  webhookUrl: true,
} satisfies Record<keyof StackOutputs, true>);

/** What one cloud shows beside, each with why. */
const ONE_CLOUD_OUTPUTS: Readonly<Record<'aws' | 'do', Readonly<Record<string, string>>>> = {
  aws: {
    repositoryUrl: 'where the image is pushed; elsewhere any registry serves',
    loadBalancerName: 'where a CNAME of the API leads; App Platform sets records itself or names its own',
    distributionName: 'where a CNAME of playback leads; a CDN of Spaces is told in the guide',
    clusterName: 'where one-off tasks run',
    onceTaskArn: 'the task in which operators run ops; App Platform has a console',
    secondClusterName: 'the same in the second region',
  },
  do: {
    homeApiUrl: 'a pool of the balancer in front; Route 53 knows both regions itself',
    secondApiUrl: 'the other pool',
  },
};

/** Of a second region, on both clouds. */
const SECOND_OUTPUTS = ['secondPlaybackUrl', 'secondSourceBucket', 'secondMediaBucket'];

test('the files are read as they are written', () => {
  expect(SHARED).toEqual(expect.arrayContaining(['cloud', 'apiMin', 'workerSize', 'webhookSecret', 'nat']));
  expect(OWN.do).toEqual(expect.arrayContaining(['mediaDomain', 'coconutApiKey', 'region']));
});

test('a key that one cloud alone reads is told', () => {
  expect(alone([...OWN.do, 'palette'], OWN.aws)).toContain('palette');
  expect(alone(OWN.do, [...OWN.aws, 'zone'])).not.toContain('zone');
});

test.each(['aws', 'do'] as const)(
  '%s reads no key that the other does not read, but for those of one cloud',
  (cloud) => {
    const other = cloud === 'aws' ? OWN.do : OWN.aws;
    expect(alone(OWN[cloud], other).sort()).toEqual(Object.keys(ONE_CLOUD[cloud]).sort());
  },
);

test.each([
  ['aws', 'deploy-aws.md'],
  ['do', 'deploy-digitalocean.md'],
] as const)('the page of %s names every key that its stack reads', (cloud, page) => {
  const text = readFileSync(path.join(ROOT, 'docs', page), 'utf8');
  const stackFile = readFileSync(path.join(ROOT, `Pulumi.${cloud}.yaml`), 'utf8');
  const missing = [...SHARED, ...OWN[cloud]].filter((key) => !new RegExp(`\\b${key}\\b`).test(text));
  expect(missing.filter((key) => !stackFile.includes(key))).toEqual([]);
});

test('what is told as a key that nothing reads is what nothing reads', () => {
  expect([...SHARED_KEYS].sort()).toEqual([...SHARED].sort());
  for (const cloud of ['aws', 'do'] as const)
    expect([...OWN_KEYS[cloud]].sort()).toEqual(OWN[cloud].filter((key) => !SHARED.includes(key)).sort());
  expect(unknownKeys('aws', ['aws:region', 'sluice:nat', 'sluice:zoneId'])).toBeNull();
  expect(unknownKeys('do', ['sluice:zoneId', 'sluice:databaseStandBy', 'sluice:zone'])).toBe(
    'Nothing reads databaseStandBy, zoneId: mistyped, or of another cloud than do; pulumi config rm takes a key away',
  );
});

describe.each([
  ['one region', {}, { aws: {}, do: {} }],
  [
    'two regions',
    { domain: 'api.example.com' },
    { aws: { secondRegion: 'eu-west-1', zoneId: 'Z0123456789' }, do: { secondRegion: 'tor1' } },
  ],
] as const)('the outputs of %s', (name, both, { aws, do: ofDo }) => {
  const shown = {} as Record<'aws' | 'do', Recording['outputs']>;
  beforeAll(async () => {
    shown.aws = (await recordAws({ ...AWS, ...both, ...aws })).outputs;
    shown.do = (await recordDo({ ...DO, ...both, ...ofDo })).outputs;
  });

  test.each(['aws', 'do'] as const)('on %s are those of every cloud, and its own with a reason', (cloud) => {
    const second = name === 'two regions' ? SECOND_OUTPUTS : [];
    const names = Object.keys(shown[cloud]).filter((each) => !(each in ONE_CLOUD_OUTPUTS[cloud]));
    expect(names.sort()).toEqual([...OUTPUTS, ...second].sort());
  });
});
