import { DatabaseSlug } from '@pulumi/digitalocean/types/enums/index.js';
import { expect, test } from 'vitest';
import { MACHINE_NAMES } from '#domain/cost/prices/machines.ts';
import { DATABASE_SIZES, storageSizeMib } from '#infra/do/database-sizes.ts';
import { imageSource } from '#infra/do/image.ts';
import { environmentCidrs } from '#infra/do/network-cidrs.ts';
import { machinePart } from '#infra/do/platform.ts';
import { projectEnvironment } from '#infra/do/project-environment.ts';
import { datacenterOf, REGIONS, type Region, regionFrom } from '#infra/do/regions.ts';
import { API_SIZES, scaleOf, WORKER_SIZES } from '#infra/do/sizes.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;

test('an image is taken apart as its registry wants it', () => {
  expect(imageSource(`ghcr.io/acme/sluice@${DIGEST}`)).toEqual({
    registryType: 'GHCR',
    registry: 'acme',
    repository: 'sluice',
    version: { digest: DIGEST },
  });
  expect(imageSource('registry.digitalocean.com/acme/video/sluice:1.2.3')).toEqual({
    registryType: 'DOCR',
    registry: null,
    repository: 'video/sluice',
    version: { tag: '1.2.3' },
  });
  expect(imageSource('docker.io/acme/sluice:1').registryType).toBe('DOCKER_HUB');
});

test.each(['sluice:latest', 'ghcr.io/acme/sluice', 'quay.io/acme/sluice:1', `ghcr.io/acme/s@${DIGEST}0`])(
  'an image that App Platform cannot pull is refused: %s',
  (reference) => {
    expect(() => imageSource(reference)).toThrow('image must be such as');
  },
);

test('instances scale by load between two numbers, on dedicated sizes only', () => {
  const fleet = { min: 2, max: 6, size: 'medium' } as const;
  expect(scaleOf('api', fleet, API_SIZES.medium)).toEqual({
    autoscaling: { minInstanceCount: 2, maxInstanceCount: 6, metrics: { cpu: { percent: 70 } } },
  });
  expect(scaleOf('api', fleet, API_SIZES.small)).toEqual({ instanceCount: 2 });
  expect(scaleOf('worker', { ...fleet, max: 2 }, WORKER_SIZES.encodes.large)).toEqual({ instanceCount: 2 });
});

test('what is dedicated says so in its name', () => {
  for (const sizes of [API_SIZES, WORKER_SIZES.encodes, WORKER_SIZES.calls])
    for (const { slug, isDedicated } of Object.values(sizes))
      expect([slug, slug.startsWith('apps-d-')]).toEqual([slug, isDedicated]);
});

test('disk beyond what a size brings is asked for in steps; less than that is not asked for at all', () => {
  expect(storageSizeMib(DATABASE_SIZES.small, 20)).toBeNull();
  expect(storageSizeMib(DATABASE_SIZES.small, 60)).toBeNull();
  expect(storageSizeMib(DATABASE_SIZES.small, 61)).toBe(String(70 * 1024));
});

test('databases are sizes that the provider knows', () => {
  const known: readonly string[] = Object.values(DatabaseSlug);
  expect(Object.values(DATABASE_SIZES).filter(({ slug }) => !known.includes(slug))).toEqual([]);
});

const networks = (cidr: string, regions: readonly Region[], environments = ['production', 'staging']) =>
  environmentCidrs({ key: 'networkCidr', cidr, regions, environments });

test('environments get networks side by side; an added one moves no other', () => {
  expect(networks('10.60.0.0/16', ['fra1'])).toEqual({
    production: '10.60.0.0/20',
    staging: '10.60.16.0/20',
  });
});

test("DigitalOcean's own networks are refused, those of a region in that region and in what is joined with it", () => {
  expect(networks('10.20.0.0/16', ['fra1'])).toBeDefined();
  for (const cidr of ['10.20.0.0/16', '10.29.0.0/16'])
    expect(() => networks(cidr, ['tor1'])).toThrow('keeps it for itself in tor1');
  for (const region of Object.keys(REGIONS) as Region[])
    expect([region, networks('10.60.0.0/16', [region])]).toEqual([
      region,
      networks('10.60.0.0/16', ['fra1']),
    ]);
  expect(() => networks('10.20.0.0/16', ['fra1', 'tor1'])).toThrow('networkCidr must not be 10.20.0.0/16');
  expect(() => networks('10.244.0.0/16', ['fra1'])).toThrow('keeps it for itself');
  const seventeen = Array.from({ length: 17 }, (_, i) => `e${i}`);
  expect(() => networks('10.60.0.0/16', ['fra1'], seventeen)).toThrow('16 at most');
});

test("an app's network is where App Platform joins one: for New York that is not where its Spaces are", () => {
  expect(datacenterOf('nyc3')).toBe('nyc1');
  expect(() => networks('10.10.0.0/16', ['nyc3'])).toThrow('keeps it for itself in nyc3');
  expect(datacenterOf('fra1')).toBe('fra1');
});

test('a region that lacks a part is refused with those that have all', () => {
  expect(regionFrom('fra1')).toBe('fra1');
  expect(() => regionFrom('fra')).toThrow('fra1');
  expect(() => regionFrom('nyc1')).toThrow('nyc3');
});

test('the name of an environment decides how DigitalOcean files it', () => {
  expect(['production', 'prod-eu', 'staging', 'demo'].map(projectEnvironment)).toEqual([
    'Production',
    'Production',
    'Staging',
    'Development',
  ]);
});

test('costs are calculated with a machine that the price table has', () => {
  const known: readonly string[] = MACHINE_NAMES;
  for (const size of Object.values(WORKER_SIZES.encodes))
    expect(known).toContain(machinePart(size).costMachine);
});
