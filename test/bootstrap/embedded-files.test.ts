import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '#bootstrap/config.ts';
import { resolveConfig, withSecrets } from '#bootstrap/embedded/resolve-config.ts';
import { claimRun, readRun } from '#bootstrap/embedded/run-file.ts';
import { generatedSecrets } from '#bootstrap/embedded/secrets.ts';
import { ownFolder } from './role-process.ts';

const ADDRESSES = {
  databaseUrl: 'postgres://postgres:hunter2@127.0.0.1:5555/postgres',
  s3: { endpoint: 'http://127.0.0.1:4001', publicEndpoint: 'http://192.168.1.20:4001' },
};

test('secrets are made once, for this account only, and can do what they are for', () => {
  const dir = path.join(ownFolder(), 'deep/.sluice');
  const secrets = generatedSecrets(dir);
  expect(generatedSecrets(dir)).toEqual(secrets);
  expect(statSync(path.join(dir, 'secrets.json')).mode & 0o777).toBe(0o600);
  expect(generatedSecrets(ownFolder())).not.toEqual(secrets);
  const { JWT_SECRET, WEBHOOK_SECRET } = secrets;
  expect(() => loadConfig({ JWT_SECRET, WEBHOOK_SECRET })).not.toThrow();
});

test('a damaged secrets file is said, not replaced: tokens and uploads hang on it', () => {
  const dir = ownFolder();
  writeFileSync(path.join(dir, 'secrets.json'), '{');
  expect(() => generatedSecrets(dir)).toThrow(/secrets\.json cannot be read/);
  expect(readFileSync(path.join(dir, 'secrets.json'), 'utf8')).toBe('{');
});

test('in the image no secret is made', () => {
  const dir = ownFolder();
  const config = loadConfig({ SLUICE_IMAGE: '1', SLUICE_DIR: dir, JWT_SECRET: 'x'.repeat(32) }, 'tokens');
  expect(withSecrets(config).WEBHOOK_SECRET).toBeUndefined();
  expect(existsSync(path.join(dir, 'secrets.json'))).toBe(false);
});

test('what the environment names is not generated', () => {
  const SLUICE_DIR = ownFolder();
  const JWT_SECRET = 'x'.repeat(32);
  expect(withSecrets(loadConfig({ SLUICE_DIR, JWT_SECRET })).JWT_SECRET).toBe(JWT_SECRET);
  const jwks = { JWT_JWKS_URL: 'https://id/keys', JWT_ISSUER: 'https://id/', JWT_AUDIENCE: 'sluice' };
  expect(withSecrets(loadConfig({ SLUICE_DIR, ...jwks })).JWT_SECRET).toBeUndefined();
});

test('a role finds the servers of a running npm start, once they answer', () => {
  const SLUICE_DIR = ownFolder();
  const config = loadConfig({ SLUICE_DIR });
  expect(() => resolveConfig(config)).toThrow(
    'No database and storage: run `npm start` in this folder first',
  );
  const claim = claimRun(SLUICE_DIR, 'http://localhost:4000');
  expect(() => resolveConfig(config)).toThrow('still starting');
  claim.publish(ADDRESSES);
  expect(statSync(path.join(SLUICE_DIR, 'run.json')).mode & 0o777).toBe(0o600);
  expect(resolveConfig(config)).toMatchObject({
    DATABASE_URL: ADDRESSES.databaseUrl,
    S3_ENDPOINT: 'http://127.0.0.1:4001',
    S3_PUBLIC_ENDPOINT: 'http://192.168.1.20:4001',
    S3_SOURCE_BUCKET: 'sluice-sources',
    S3_VENDOR: 'embedded',
  });
  const DATABASE_URL = 'postgres://u:p@elsewhere:5432/x';
  expect(resolveConfig(loadConfig({ SLUICE_DIR, DATABASE_URL })).DATABASE_URL).toBe(DATABASE_URL);
  claim.release();
  expect(readRun(SLUICE_DIR)).toBeUndefined();
});

test('the embedded storage has a secret of its own for its events, the same for every process of the folder', () => {
  const SLUICE_DIR = ownFolder();
  claimRun(SLUICE_DIR, 'http://localhost:4000').publish(ADDRESSES);
  const secretOf = (env: Record<string, string> = {}) =>
    resolveConfig(loadConfig({ SLUICE_DIR, ...env })).STORAGE_WEBHOOK_SECRET;
  const secret = secretOf();
  expect(secret?.length).toBeGreaterThanOrEqual(32);
  expect(secretOf()).toBe(secret);
  expect(secret).not.toContain(generatedSecrets(SLUICE_DIR).WEBHOOK_SECRET);
  expect(secretOf({ WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 3).toString('base64')}` })).not.toBe(secret);
  const own = 'x'.repeat(32);
  expect(secretOf({ STORAGE_WEBHOOK_SECRET: own })).toBe(own);
});

test('a storage that the environment names gets no secret made: nobody would know it', () => {
  const env = {
    DATABASE_URL: 'postgres://u:p@elsewhere:5432/x',
    S3_REGION: 'eu-central-1',
    S3_SOURCE_BUCKET: 'sources',
    S3_MEDIA_BUCKET: 'media',
  };
  expect(
    resolveConfig(loadConfig({ SLUICE_DIR: ownFolder(), ...env })).STORAGE_WEBHOOK_SECRET,
  ).toBeUndefined();
  const image = {
    ...env,
    SLUICE_IMAGE: '1',
    PUBLIC_URL: 'https://video.example',
    JWT_SECRET: 'x'.repeat(32),
  };
  expect(
    resolveConfig(loadConfig({ SLUICE_DIR: ownFolder(), ...image })).STORAGE_WEBHOOK_SECRET,
  ).toBeUndefined();
});

test('a role is told what the npm start beside it was given by environment', () => {
  const SLUICE_DIR = ownFolder();
  claimRun(SLUICE_DIR, 'http://localhost:4000').publish({ s3: ADDRESSES.s3 });
  expect(() => resolveConfig(loadConfig({ SLUICE_DIR }))).toThrow('set DATABASE_URL here too');
});

test('a folder is taken by one npm start; the file of a dead one is not in the way', () => {
  const dir = ownFolder();
  const file = path.join(dir, 'run.json');
  claimRun(dir, 'http://localhost:4000');
  expect(() => claimRun(dir, 'http://localhost:5000')).toThrow(
    `\`npm start\` already runs in this folder (process ${process.pid}, http://localhost:4000)`,
  );
  // The number is ours, but the process that wrote this started at another time: a number used again.
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"processStart": "\d+"/, '"processStart": "1"'));
  expect(readRun(dir)).toBeUndefined();
  expect(() => claimRun(dir, 'http://localhost:5000')).not.toThrow();
  writeFileSync(file, 'half a fi');
  expect(() => claimRun(dir, 'http://localhost:5000')).not.toThrow();
});
