import { expect, test } from 'vitest';
import { completeConfig, loadConfig } from '#bootstrap/config.ts';
import { ConfigError } from '#bootstrap/config-error.ts';
import { s3From } from '#bootstrap/config-settings.ts';
import { createLogger } from '#bootstrap/logger.ts';
import { withSecondStorage } from '#bootstrap/second-storage.ts';

const ON_AWS = {
  DATABASE_URL: 'postgres://sluice:hunter2@db.example.com:5432/sluice',
  S3_REGION: 'eu-central-1',
  S3_SOURCE_BUCKET: 'sources',
  S3_MEDIA_BUCKET: 'media',
};
const ID = 'S3_SIGNING_ACCESS_KEY_ID';
const SECRET = 'S3_SIGNING_SECRET_ACCESS_KEY';
const KEY = { [ID]: 'AKIASIGNING', [SECRET]: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCY' };
const PAIR = { accessKeyId: KEY[ID], secretAccessKey: KEY[SECRET] };

function problemsOf(env: Record<string, string>): string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ name, problem }) => `${name} ${problem}`);
    throw error;
  }
  return [];
}

test('both halves are taken, beside a role as beside another key', () => {
  for (const other of [{}, { S3_ACCESS_KEY_ID: 'AKIAOTHER', S3_SECRET_ACCESS_KEY: 'x' }]) {
    const options = s3From(completeConfig(loadConfig({ ...ON_AWS, ...other, ...KEY })));
    expect(options.signingCredentials).toEqual(PAIR);
    expect(options.credentials?.accessKeyId).toBe(other.S3_ACCESS_KEY_ID);
  }
  expect(s3From(completeConfig(loadConfig(ON_AWS)))).not.toHaveProperty('signingCredentials');
});

test('one half alone is refused, and the other one is named', () => {
  expect(problemsOf({ ...ON_AWS, [ID]: 'AKIASIGNING' })).toEqual([
    `${SECRET} is not set, but ${ID} is: set both`,
  ]);
  expect(problemsOf({ ...ON_AWS, [SECRET]: 'abc' })).toEqual([
    `${ID} is not set, but ${SECRET} is: set both`,
  ]);
});

test.each([
  ['the embedded storage, which knows one key', {}, 'must not be set with the embedded storage'],
  [
    'the key that calls',
    { ...ON_AWS, S3_ACCESS_KEY_ID: 'AKIASIGNING', S3_SECRET_ACCESS_KEY: 'x' },
    'must be another key than S3_ACCESS_KEY_ID',
  ],
  ['a key of a session', { ...ON_AWS, [ID]: 'ASIATEMPORARY' }, "must be a user's key, which lasts"],
])('it is refused with %s', (_, env, problem) => {
  const problems = problemsOf({ ...KEY, ...env });
  expect(problems).toEqual([expect.stringContaining(`${ID} ${problem}`)]);
  expect(problems.join()).not.toContain(KEY[SECRET]);
});

test('on another server than AWS an id may begin as it likes', () => {
  const elsewhere = {
    ...ON_AWS,
    S3_ENDPOINT: 'https://s3.example.com',
    S3_ACCESS_KEY_ID: 'a',
    S3_SECRET_ACCESS_KEY: 'b',
  };
  expect(problemsOf({ ...elsewhere, ...KEY, [ID]: 'ASIATIC' })).toEqual([]);
});

test('each of two storages has its own, or none', () => {
  const second = (more: object) =>
    JSON.stringify({ ...ON_AWS, DATABASE_URL: undefined, S3_REGION: 'us-east-1', ...more });
  const config = (SECOND_STORAGE: string) =>
    completeConfig(loadConfig({ ...ON_AWS, ...KEY, SECOND_STORAGE }));
  const without = withSecondStorage(config(second({})));
  expect(without && s3From(without)).not.toHaveProperty('signingCredentials');
  const withOne = withSecondStorage(config(second({ [ID]: 'AKIASECOND', [SECRET]: 'def' })));
  expect(withOne && s3From(withOne).signingCredentials).toEqual({
    accessKeyId: 'AKIASECOND',
    secretAccessKey: 'def',
  });
  expect(() => withSecondStorage(config(second({ [ID]: 'AKIASECOND' })))).toThrow(
    `SECOND_STORAGE: ${SECRET} is not set, but ${ID} is: set both.`,
  );
});

test('the log never shows its secret, as a setting, in JSON, in options or in an error', () => {
  const lines: string[] = [];
  const log = createLogger({ LOG_LEVEL: 'debug' }, { write: (line: string) => void lines.push(line) });
  const config = completeConfig(loadConfig({ ...ON_AWS, ...KEY, SECOND_STORAGE: JSON.stringify(KEY) }));
  log.info({ config, options: s3From(config) }, 'begins');
  log.warn(
    { err: new Error(`${SECRET}=${KEY[SECRET]} is of no use`, { cause: s3From(config) }) },
    `read ${JSON.stringify(KEY)} and ${JSON.stringify(PAIR)}`,
  );
  expect(lines).toHaveLength(2);
  expect(lines.join()).toContain('is of no use');
  expect(lines.join()).not.toContain(KEY[SECRET]);
});
