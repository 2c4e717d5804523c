import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { completeConfig, loadConfig, type ResolvedConfig } from '#bootstrap/config.ts';
import { resolveWith } from '#bootstrap/embedded/resolve-config.ts';
import { withSecondStorage } from '#bootstrap/second-storage.ts';
import { storageIdentity } from '#bootstrap/storage-identity.ts';

const FIRST = {
  DATABASE_URL: 'postgres://u:p@localhost:5432/d',
  S3_REGION: 'eu-west-1',
  S3_SOURCE_BUCKET: 'sources',
  S3_MEDIA_BUCKET: 'media',
  S3_ACCESS_KEY_ID: 'key-a',
  S3_SECRET_ACCESS_KEY: 'secret-a',
  DELIVERY: 'cloudfront',
  CLOUDFRONT_URL: 'https://d111.cloudfront.net',
  CLOUDFRONT_DISTRIBUTION_ID: 'E1',
};
const SECOND = {
  S3_ENDPOINT: 'https://fra1.digitaloceanspaces.com',
  S3_REGION: 'fra1',
  S3_SOURCE_BUCKET: 'b-sources',
  S3_MEDIA_BUCKET: 'b-media',
  S3_ACCESS_KEY_ID: 'key-b',
  S3_SECRET_ACCESS_KEY: 'secret-b',
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sluice-second-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function config(env: Record<string, string> = {}): ResolvedConfig {
  return completeConfig(loadConfig({ ...FIRST, ...env }));
}

test('the second storage takes nothing of the first one, and everything else of the deployment', () => {
  const second = withSecondStorage(config({ SECOND_STORAGE: JSON.stringify(SECOND), PORT: '4400' }));
  expect(second).toMatchObject({ ...SECOND, PORT: 4400, DELIVERY: 'local' });
  expect(second?.CLOUDFRONT_URL).toBeUndefined();
  expect(withSecondStorage(config())).toBeNull();
});

test('the embedded storage is known, once another one serves it, by the name that docs/moving.md gives', async () => {
  const docs = await readFile(path.join(import.meta.dirname, '../../docs/moving.md'), 'utf8');
  const section = /### From the embedded storage\n([^#]+)/.exec(docs)?.[1] ?? '';
  const written = Object.fromEntries(
    [...section.matchAll(/`(S3_(?!PORT)\w+)=([^`]+)`/g)].map(([, name, value]) => [name, value]),
  );
  const s3 = { endpoint: 'http://127.0.0.1:4001', publicEndpoint: 'http://localhost:4001' };
  const addresses = { s3, databaseUrl: FIRST.DATABASE_URL };
  const embedded = resolveWith(loadConfig({ SLUICE_DIR: path.join(folder, '.sluice') }), addresses);
  const { S3_ACCESS_KEY_ID = '', S3_SECRET_ACCESS_KEY = '' } = embedded;
  const second = withSecondStorage(
    config({ SECOND_STORAGE: JSON.stringify({ ...written, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY }) }),
  );
  expect(second && storageIdentity(second)).toBe(storageIdentity(embedded));
  expect(second).toMatchObject({
    S3_REGION: embedded.S3_REGION,
    S3_SOURCE_BUCKET: embedded.S3_SOURCE_BUCKET,
    S3_MEDIA_BUCKET: embedded.S3_MEDIA_BUCKET,
  });
});

test('it may stand in a file, as JSON or as lines of NAME=value', async () => {
  const json = path.join(folder, 'second.json');
  const lines = path.join(folder, 'second.env');
  await writeFile(json, JSON.stringify(SECOND));
  await writeFile(
    lines,
    Object.entries(SECOND)
      .map(([name, value]) => `${name}=${value}`)
      .join('\n'),
  );
  for (const file of [json, lines])
    expect(withSecondStorage(config({ SECOND_STORAGE: file }))).toMatchObject(SECOND);
  // As a block of YAML brings it.
  expect(withSecondStorage(config({ SECOND_STORAGE: `\n${JSON.stringify(SECOND)}\n` }))).toMatchObject(
    SECOND,
  );
});

test.each([
  [
    'nothing of it',
    '{}',
    'SECOND_STORAGE names no storage: S3_SOURCE_BUCKET and S3_MEDIA_BUCKET are needed.',
  ],
  ['half of it', JSON.stringify({ ...SECOND, S3_REGION: '' }), 'S3_REGION is not set'],
  [
    'another variable',
    JSON.stringify({ ...SECOND, PORT: '1' }),
    'SECOND_STORAGE holds PORT; it takes S3_NAME',
  ],
  ['a CDN by half', JSON.stringify({ ...SECOND, DELIVERY: 'spaces-cdn' }), 'SPACES_CDN_URL is not set'],
  ['no JSON', '{"S3_REGION', 'SECOND_STORAGE is not JSON'],
  ['JSON behind a quote that was kept', `'${JSON.stringify(SECOND)}'`, 'neither JSON nor the path of a file'],
  [
    'lines in the place of their file',
    Object.entries(SECOND)
      .map((entry) => entry.join('='))
      .join('\n'),
    'neither JSON nor the path of a file',
  ],
  ['one line of them', 'S3_SECRET_ACCESS_KEY=secret-b', 'neither JSON nor the path of a file'],
  [
    'a file that is not there',
    '/nowhere/second.json',
    'the file /nowhere/second.json cannot be read (ENOENT)',
  ],
])('with %s it is refused in one line, without its secrets', (_what, value, line) => {
  const refused = () => withSecondStorage(config({ SECOND_STORAGE: value }));
  expect(refused).toThrow(line);
  try {
    refused();
  } catch (error) {
    expect(String(error)).not.toContain('secret-b');
    expect(String(error)).not.toContain('\n');
  }
});

test('a storage keeps its identity when only the way to it changes', () => {
  const onAws = 's3.eu-west-1.amazonaws.com/sources+media';
  expect(storageIdentity(config())).toBe(onAws);
  expect(storageIdentity(config({ S3_ENDPOINT: 'https://s3.dualstack.eu-west-1.amazonaws.com' }))).toBe(
    onAws,
  );
  expect(storageIdentity(config({ S3_ACCESS_KEY_ID: 'another', S3_FORCE_PATH_STYLE: 'true' }))).toBe(onAws);
  const own = { S3_ENDPOINT: 'http://minio:9000', S3_VENDOR: 'minio' };
  expect(storageIdentity(config(own))).toBe('minio:9000/sources+media');
  expect(storageIdentity(config({ ...own, S3_ENDPOINT: 'https://minio:9000' }))).toBe(
    'minio:9000/sources+media',
  );
  expect(storageIdentity(config({ ...own, S3_NAME: 'cellar' }))).toBe('cellar');
  expect(storageIdentity({ ...config(), hasOwnStorage: false })).toBe('embedded/sources+media');
});

test('storages differ by host, by region and by bucket', () => {
  const others = [
    { S3_REGION: 'us-east-1' },
    { S3_MEDIA_BUCKET: 'other' },
    { S3_ENDPOINT: 'https://x.example' },
  ];
  const identities = [{}, ...others].map((env) => storageIdentity(config(env as Record<string, string>)));
  expect(new Set(identities).size).toBe(4);
});
