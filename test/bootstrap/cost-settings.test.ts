import { expect, test } from 'vitest';
import { loadConfig } from '#bootstrap/config.ts';
import { ConfigError } from '#bootstrap/config-error.ts';
import { settingsFrom } from '#bootstrap/config-settings.ts';

const BUCKETS = {
  S3_ACCESS_KEY_ID: 'AKEY',
  S3_SECRET_ACCESS_KEY: 'a-secret-of-s3',
  S3_SOURCE_BUCKET: 'sources',
  S3_MEDIA_BUCKET: 'media',
};
const costOf = (env: Record<string, string>) => settingsFrom(loadConfig(env)).cost;

test('a laptop pays nobody: costs are told with the machine that a cloud would give', () => {
  expect(costOf({})).toEqual({
    machine: 'fargate-x86',
    machineUsdPerHour: null,
    transcodesPerMachine: 1,
    region: 'us-east-1',
    store: null,
    network: null,
  });
});

test('where the buckets are says whose prices are meant', () => {
  const aws = { ...BUCKETS, S3_REGION: 'ca-central-1' };
  expect(costOf(aws)).toMatchObject({ store: 's3', region: 'ca-central-1', machine: 'fargate-x86' });
  const spaces = { ...BUCKETS, S3_REGION: 'nyc3', S3_ENDPOINT: 'https://nyc3.digitaloceanspaces.com' };
  expect(costOf(spaces)).toMatchObject({ store: 'spaces', machine: 'app-platform-dedicated' });
  const own = { ...BUCKETS, S3_REGION: 'here', S3_ENDPOINT: 'https://s3.example.com' };
  expect(costOf(own)).toMatchObject({ store: null, machine: 'fargate-x86' });
});

test('the operator names machine, price and how many share it', () => {
  const env = {
    COST_MACHINE: 'fargate-arm',
    COST_MACHINE_USD_PER_HOUR: '0.05',
    TRANSCODE_CONCURRENCY: '2',
  };
  expect(costOf(env)).toMatchObject({
    machine: 'fargate-arm',
    machineUsdPerHour: '0.05',
    transcodesPerMachine: 2,
  });
});

test.each(['free', '-1', '1e3', '0,05', '.5'])('a price of %s is refused by name', (price) => {
  expect(() => loadConfig({ COST_MACHINE_USD_PER_HOUR: price })).toThrow(ConfigError);
});
