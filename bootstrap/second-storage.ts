import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { loadConfig, type ResolvedConfig } from './config.ts';
import { ConfigError } from './config-error.ts';
import type { VariableName } from './config-schema.ts';
import { StartFailure } from './start-failure.ts';
import { storageIdentity } from './storage-identity.ts';

/** The variables that say where a storage is and who takes it to viewers; every other one is the deployment's. */
const OF_A_STORAGE = [
  'S3_NAME',
  'S3_ENDPOINT',
  'S3_PUBLIC_ENDPOINT',
  'S3_REGION',
  'S3_ACCESS_KEY_ID',
  'S3_SECRET_ACCESS_KEY',
  'S3_SIGNING_ACCESS_KEY_ID',
  'S3_SIGNING_SECRET_ACCESS_KEY',
  'S3_FORCE_PATH_STYLE',
  'S3_VENDOR',
  'S3_SOURCE_BUCKET',
  'S3_MEDIA_BUCKET',
  'DELIVERY',
  'CLOUDFRONT_URL',
  'CLOUDFRONT_DISTRIBUTION_ID',
  'SPACES_CDN_URL',
  'SPACES_CDN_ENDPOINT_ID',
  'SPACES_CDN_TOKEN',
] as const satisfies readonly VariableName[];

/**
 * The configuration as it would be with the second storage in place of the first; null where there is one storage.
 *
 * @throws StartFailure in one line
 */
export function withSecondStorage(config: ResolvedConfig): ResolvedConfig | null {
  if (config.SECOND_STORAGE === undefined) return null;
  const { S3_REGION, S3_SOURCE_BUCKET, S3_MEDIA_BUCKET, ...second } = readStorage(config.SECOND_STORAGE);
  const nothing = Object.fromEntries(OF_A_STORAGE.map((name) => [name, undefined]));
  return {
    ...config,
    ...nothing,
    ...second,
    S3_REGION: S3_REGION ?? '',
    S3_SOURCE_BUCKET: S3_SOURCE_BUCKET ?? '',
    S3_MEDIA_BUCKET: S3_MEDIA_BUCKET ?? '',
    hasOwnStorage: true,
  };
}

/** The configuration with the storage in it that transcoders elsewhere were given. Throws StartFailure. */
export function transcodedConfig(config: ResolvedConfig): ResolvedConfig {
  return (config.TRANSCODER_STORAGE === 'second' ? withSecondStorage(config) : null) ?? config;
}

/** The identity of a storage that is written as SECOND_STORAGE takes it. Throws StartFailure. */
export function identityOfStorage(given: string): string {
  const { S3_REGION = '', S3_SOURCE_BUCKET = '', S3_MEDIA_BUCKET = '', ...rest } = readStorage(given);
  return storageIdentity({ ...rest, S3_REGION, S3_SOURCE_BUCKET, S3_MEDIA_BUCKET, hasOwnStorage: true });
}

/** By the same rules as the environment itself. */
function readStorage(given: string) {
  const values = parse(given);
  const foreign = Object.keys(values).filter((name) => !OF_A_STORAGE.some((known) => known === name));
  if (foreign.length > 0)
    throw new StartFailure(
      `SECOND_STORAGE holds ${foreign.join(', ')}; it takes ${OF_A_STORAGE.join(', ')}.`,
    );
  if (!values.S3_SOURCE_BUCKET || !values.S3_MEDIA_BUCKET)
    throw new StartFailure(
      'SECOND_STORAGE names no storage: S3_SOURCE_BUCKET and S3_MEDIA_BUCKET are needed.',
    );
  try {
    const loaded = loadConfig(values);
    return { ...Object.fromEntries(OF_A_STORAGE.map((name) => [name, loaded[name]])) } as Pick<
      typeof loaded,
      (typeof OF_A_STORAGE)[number]
    >;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const problems = error.problems.map(({ name, problem }) => `${name} ${problem}`);
    throw new StartFailure(`SECOND_STORAGE: ${problems.join('; ')}.`, { cause: error });
  }
}

/** JSON, or the path of a file with JSON or with lines such as NAME=value. Never repeats a value. */
function parse(given: string): Record<string, string | undefined> {
  const text = given.startsWith('{') ? given : readText(given);
  if (!text.trimStart().startsWith('{')) return parseEnv(text) as Record<string, string | undefined>;
  try {
    const values = JSON.parse(text) as Record<string, unknown>;
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
  } catch {
    // Not as its cause: the parser's message quotes what it has read.
    throw new StartFailure('SECOND_STORAGE is not JSON, though it begins like it.');
  }
}

/** What a path looks like, and no variables that were pasted in the place of their file. */
const PATH = /^[^\r\n{}="']{1,1024}$/;

function readText(path: string): string {
  if (!PATH.test(path)) throw new StartFailure('SECOND_STORAGE is neither JSON nor the path of a file.');
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new StartFailure(`SECOND_STORAGE: the file ${path} cannot be read (${code}).`, { cause });
  }
}
