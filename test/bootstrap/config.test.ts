import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { completeConfig, loadConfig } from '#bootstrap/config.ts';
import { ConfigError } from '#bootstrap/config-error.ts';
import type { ConfigScope } from '#bootstrap/config-rules.ts';
import { databaseFrom, s3From, settingsFrom } from '#bootstrap/config-settings.ts';
import { configTable } from '#bootstrap/config-table.ts';

const STORAGE = {
  S3_ENDPOINT: 'https://s3.example.com/',
  S3_REGION: 'eu-1',
  S3_ACCESS_KEY_ID: 'AKEY',
  S3_SECRET_ACCESS_KEY: 'a-secret-of-s3',
  S3_SOURCE_BUCKET: 'sources',
  S3_MEDIA_BUCKET: 'media',
};
const IMAGE = {
  ...STORAGE,
  SLUICE_IMAGE: '1',
  PUBLIC_URL: 'https://video.example.com',
  DATABASE_URL: 'postgres://sluice:hunter2@db.example.com:5432/sluice',
  JWT_SECRET: 'x'.repeat(32),
};
const ON_AWS = { S3_REGION: 'eu-central-1', S3_SOURCE_BUCKET: 'sources', S3_MEDIA_BUCKET: 'media' };
const ROLE = 'arn:aws:iam::111122223333:role/transcode';

/** `NAME problem` for each variable that is refused. */
function problemsOf(env: Record<string, string>, scope?: ConfigScope): string[] {
  try {
    loadConfig(env, scope);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ name, problem }) => `${name} ${problem}`);
    throw error;
  }
  return [];
}
const namesIn = (problems: string[]) => problems.map((line) => line.split(' ')[0]);

test('nothing has to be set on a laptop', () => {
  const config = loadConfig({});
  expect(config).toMatchObject({
    PORT: 4000,
    S3_PORT: 4001,
    PUBLIC_URL: 'http://localhost:4000',
    HOST: '127.0.0.1',
  });
  expect(config.SLUICE_DIR).toBe(path.resolve('.sluice'));
  expect(config.TMP_DIR).toBe(path.resolve('.sluice/tmp'));
  expect(config.hasOwnStorage).toBe(false);
});

test('MP4 renditions are made of fMP4 segments, and not of transport streams', () => {
  expect(problemsOf({ MP4_RENDITIONS: 'true', SEGMENT_CONTAINER: 'ts' })).toEqual([
    'MP4_RENDITIONS needs SEGMENT_CONTAINER=fmp4: MP4s are made of fMP4 segments',
  ]);
  for (const env of [{ MP4_RENDITIONS: 'true' }, { MP4_RENDITIONS: 'false', SEGMENT_CONTAINER: 'ts' }])
    expect(problemsOf(env)).toEqual([]);
});

test('an empty variable counts as not set', () => {
  expect(loadConfig({ PORT: '', DATABASE_URL: ' ', S3_ENDPOINT: '', JWT_SECRET: '' })).toEqual(
    loadConfig({}),
  );
});

test('every problem is reported at once, a line each, and no secret is repeated', () => {
  const env = {
    PORT: 'abc',
    DATABASE_URL: 'mysql://root:hunter2@db/x',
    JWT_SECRET: 'too-short-secret',
    WEBHOOK_SECRET: 'whsec_c2hvcnQ=',
    S3_ENDPOINT: 'ftp://s3.example.com',
    TRANSCODE_LEASE_SECONDS: '3',
    CORS_ORIGINS: 'https://a.example.com,b.example.com',
  };
  const problems = problemsOf(env);
  expect(namesIn(problems)).toEqual([
    'PORT',
    'CORS_ORIGINS',
    'DATABASE_URL',
    'S3_ENDPOINT',
    'S3_REGION',
    'S3_ACCESS_KEY_ID',
    'S3_SECRET_ACCESS_KEY',
    'S3_SOURCE_BUCKET',
    'S3_MEDIA_BUCKET',
    'JWT_SECRET',
    'WEBHOOK_SECRET',
    'TRANSCODE_LEASE_SECONDS',
  ]);
  expect(problems[0]).toBe('PORT must be a port number from 1 to 65535; given: "abc"');
  expect(problems.join()).not.toMatch(/hunter2|too-short-secret|c2hvcnQ/);
  expect(() => loadConfig(env)).toThrow(/has 12 problems:\n {2}PORT must be/);
});

test('in the image nothing is embedded or generated: each missing variable is an error', () => {
  expect(problemsOf(IMAGE)).toEqual([]);
  for (const name of ['PUBLIC_URL', 'DATABASE_URL', 'JWT_SECRET', ...Object.keys(STORAGE).slice(1)]) {
    expect(namesIn(problemsOf({ ...IMAGE, [name]: '' }))).toEqual([name]);
  }
  expect(namesIn(problemsOf({ SLUICE_IMAGE: '1' }))).toEqual([
    'PUBLIC_URL',
    'DATABASE_URL',
    'S3_REGION',
    'S3_SOURCE_BUCKET',
    'S3_MEDIA_BUCKET',
    'JWT_SECRET',
  ]);
});

test('a configuration with gaps is not passed on', () => {
  expect(() => completeConfig(loadConfig({}))).toThrow('DATABASE_URL is not set');
});

test('the migrate role in the image is asked for its database only', () => {
  expect(namesIn(problemsOf({ SLUICE_IMAGE: '1' }, 'database'))).toEqual(['DATABASE_URL']);
  expect(problemsOf({ SLUICE_IMAGE: '1', DATABASE_URL: IMAGE.DATABASE_URL }, 'database')).toEqual([]);
});

test('storage variables come as a group, and only AWS does without a key', () => {
  for (const name of Object.keys(STORAGE).slice(1)) {
    expect(namesIn(problemsOf({ ...STORAGE, [name]: '' }))).toEqual([name]);
  }
  const noKey = { ...IMAGE, ...ON_AWS, S3_ENDPOINT: '', S3_ACCESS_KEY_ID: '', S3_SECRET_ACCESS_KEY: '' };
  expect(s3From(completeConfig(loadConfig(noKey)))).toEqual({ region: 'eu-central-1' });
  expect(namesIn(problemsOf({ ...ON_AWS, S3_ACCESS_KEY_ID: 'AKEY' }))).toEqual(['S3_SECRET_ACCESS_KEY']);
  expect(namesIn(problemsOf({ ...STORAGE, S3_MEDIA_BUCKET: 'sources' }))).toEqual(['S3_MEDIA_BUCKET']);
});

test('tokens are verified by a secret or by JWKS with issuer and audience, never by both', () => {
  const url = { JWT_JWKS_URL: 'https://id.example.com/keys' };
  expect(namesIn(problemsOf(url))).toEqual(['JWT_ISSUER', 'JWT_AUDIENCE']);
  const whole = { ...url, JWT_ISSUER: 'https://id.example.com/', JWT_AUDIENCE: 'sluice' };
  expect(problemsOf(whole)).toEqual([]);
  expect(problemsOf({ ...IMAGE, JWT_SECRET: '', ...whole })).toEqual([]);
  expect(namesIn(problemsOf({ ...whole, JWT_SECRET: 'x'.repeat(32) }))).toEqual(['JWT_JWKS_URL']);
});

test('an adapter that is chosen and not set up is refused, with each variable that it lacks', () => {
  expect(problemsOf({ TRANSCODER: 'coconut' })).toEqual([
    'COCONUT_API_KEY is not set; coconut needs it',
    'COCONUT_WEBHOOK_SECRET is not set; coconut needs it',
    'COCONUT_STORAGE_ACCESS_KEY_ID is not set; coconut needs it',
    'COCONUT_STORAGE_SECRET_ACCESS_KEY is not set; coconut needs it',
  ]);
  expect(problemsOf({ TRANSCODER: 'mediaconvert' })).toEqual([
    'MEDIACONVERT_ROLE_ARN is not set; mediaconvert needs it',
  ]);
  expect(problemsOf({ DELIVERY: 'cloudfront' })).toEqual([
    'CLOUDFRONT_URL is not set; DELIVERY=cloudfront needs it',
    'CLOUDFRONT_DISTRIBUTION_ID is not set; DELIVERY=cloudfront needs it',
  ]);
});

test('MediaConvert is refused where storage is not at AWS, unless a stand-in is named', () => {
  const chosen = { TRANSCODER: 'mediaconvert', MEDIACONVERT_ROLE_ARN: ROLE };
  const refused = [
    'MEDIACONVERT_ROLE_ARN must not be set with storage outside AWS, such as the embedded one: MediaConvert reads and writes Amazon S3 only',
  ];
  expect(problemsOf(chosen)).toEqual(refused);
  expect(problemsOf({ ...STORAGE, ...chosen })).toEqual(refused);
  expect(problemsOf({ ...STORAGE, ...chosen, S3_ENDPOINT: 'https://amazonaws.com.example' })).toEqual(
    refused,
  );
  expect(problemsOf({ ...ON_AWS, ...chosen })).toEqual([]);
  expect(problemsOf({ ...ON_AWS, ...chosen, S3_ENDPOINT: 'https://s3.eu-central-1.amazonaws.com' })).toEqual(
    [],
  );
  expect(problemsOf({ ...chosen, MEDIACONVERT_ENDPOINT: 'http://localhost:4566' })).toEqual([]);
});

test.each([
  ['MEDIACONVERT_ROLE_ARN', 'nonsense'],
  ['MEDIACONVERT_ROLE_ARN', 'arn:aws:iam::111122223333:user/transcode'],
  ['MEDIACONVERT_ROLE_ARN', 'arn:aws:iam::1111:role/transcode'],
  ['MEDIACONVERT_QUEUE_ARN', 'Default'],
  ['MEDIACONVERT_QUEUE_ARN', ROLE],
])('%s=%s is refused: it has the form of an ARN', (name, value) => {
  const [problem, ...others] = problemsOf({ ...ON_AWS, MEDIACONVERT_ROLE_ARN: ROLE, [name]: value });
  expect(problem).toMatch(new RegExp(`^${name} must look like arn:aws:`));
  expect(others).toEqual([]);
});

test.each([
  'arn:aws:iam::111122223333:role/team/transcode',
  'arn:aws-us-gov:iam::111122223333:role/a.b_c@d-e',
  'arn:aws-cn:iam::111122223333:role/x',
])('%s is a role', (role) => {
  const queue = 'arn:aws:mediaconvert:eu-central-1:111122223333:queues/Default';
  expect(problemsOf({ ...ON_AWS, MEDIACONVERT_ROLE_ARN: role, MEDIACONVERT_QUEUE_ARN: queue })).toEqual([]);
});

test('a transcoder falls back to another one, not to itself', () => {
  expect(problemsOf({ TRANSCODER_FALLBACK: 'ffmpeg' })).toEqual([
    'TRANSCODER_FALLBACK must be another one than TRANSCODER (ffmpeg)',
  ]);
});

test('a policy that has a transcoder which is not set up is refused, in one line', () => {
  const policies = (transcoder: string | null) =>
    JSON.stringify({ direct: { transcoder }, mobile: { maxSizeBytes: 1 } });
  expect(problemsOf({ UPLOAD_POLICIES: policies('coconut') })).toEqual([
    'UPLOAD_POLICIES has coconut transcode for the policy direct, which is not set up: set COCONUT_API_KEY',
  ]);
  const setUp = { ...ON_AWS, MEDIACONVERT_ROLE_ARN: ROLE };
  expect(problemsOf({ UPLOAD_POLICIES: policies('mediaconvert'), ...setUp })).toEqual([]);
  for (const usual of ['ffmpeg', null]) expect(problemsOf({ UPLOAD_POLICIES: policies(usual) })).toEqual([]);
  for (const broken of ['{', 'null', '{"direct":null}'])
    expect(namesIn(problemsOf({ UPLOAD_POLICIES: broken }))).toEqual(['UPLOAD_POLICIES']);
});

test('a CA certificate is taken as PEM, also with escaped line ends, or as the absolute path of a file with it', () => {
  const file = path.join(import.meta.dirname, '../fixtures/tls/ca.pem');
  const pem = readFileSync(file, 'utf8').trim();
  const { DATABASE_CA_CERT } = loadConfig({ DATABASE_CA_CERT: pem.replaceAll('\n', '\\n') });
  expect(DATABASE_CA_CERT).toBe(pem);
  const url = IMAGE.DATABASE_URL;
  expect(databaseFrom({ DATABASE_URL: url, DATABASE_CA_CERT })).toEqual({ url, caCertificate: pem });
  const named = (name: string) => () =>
    databaseFrom({
      DATABASE_URL: url,
      DATABASE_CA_CERT: loadConfig({ DATABASE_CA_CERT: name }).DATABASE_CA_CERT,
    });
  expect(named(file)().caCertificate).toBe(`${pem}\n`);
  expect(named('/nowhere/ca.pem')).toThrow(
    'DATABASE_CA_CERT: the file /nowhere/ca.pem cannot be read (ENOENT)',
  );
  expect(named(import.meta.filename)).toThrow(/^DATABASE_CA_CERT: the file \S+ holds no PEM certificates\.$/);
  expect(namesIn(problemsOf({ DATABASE_CA_CERT: 'ca.pem' }))).toEqual(['DATABASE_CA_CERT']);
  expect(namesIn(problemsOf({ DATABASE_CA_CERT: pem.replace(/[A-Z]{9}/, 'AAAAAAAAA') }))).toEqual([
    'DATABASE_CA_CERT',
  ]);
});

test('the API listens on this machine only, unless its public address is elsewhere', () => {
  expect(loadConfig({ PUBLIC_URL: 'http://127.0.0.1:4000' }).HOST).toBe('127.0.0.1');
  expect(loadConfig({ PUBLIC_URL: 'http://192.168.1.20:4000' }).HOST).toBe('0.0.0.0');
  expect(loadConfig(IMAGE).HOST).toBe('0.0.0.0');
});

test('ports must differ', () => {
  expect(namesIn(problemsOf({ PORT: '5000', S3_PORT: '5000' }))).toEqual(['S3_PORT']);
  expect(namesIn(problemsOf({ PORT: '65535' }))).toEqual(['S3_PORT']);
});

test('a lease beats four and a half times', () => {
  expect(settingsFrom(loadConfig({}))).toMatchObject({ leaseDeadSeconds: 45, leaseBeatSeconds: 10 });
  expect(settingsFrom(loadConfig({ TRANSCODE_LEASE_SECONDS: '9' })).leaseBeatSeconds).toBe(2);
});

test('every variable is documented, and its default is the one that holds', () => {
  const table = configTable();
  for (const row of table) expect(row.description, row.name).toMatch(/^\S.*\.$/);
  const defaults = Object.fromEntries(table.map((row) => [row.name, row.default]));
  expect(defaults).toMatchObject({ PORT: '4000', CORS_ORIGINS: '*', SLUICE_IMAGE: '0', S3_PORT: 'PORT + 1' });
  expect(defaults.TRANSCODE_LEASE_SECONDS).toBe(String(loadConfig({}).TRANSCODE_LEASE_SECONDS));
});
