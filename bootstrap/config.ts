import path from 'node:path';
import type { z } from 'zod';
import { ConfigError, valueProblem } from './config-error.ts';
import { type ConfigScope, givenVariables, namesStorage, problemsBetween } from './config-rules.ts';
import { CONFIG_SCHEMA, type VariableName } from './config-schema.ts';

type Parsed = z.output<typeof CONFIG_SCHEMA>;

/**
 * What the environment says, by the names of its variables. Addresses and secrets that a laptop embeds or generates may
 * still be missing.
 */
export interface Config extends Readonly<Parsed> {
  readonly HOST: string;
  readonly PUBLIC_URL: string;
  /** Absolute, like all folders here. */
  readonly SLUICE_DIR: string;
  readonly TMP_DIR: string;
  readonly S3_PORT: number;
  /** True where the environment names the storage; false means the embedded server. */
  readonly hasOwnStorage: boolean;
}

/** The configuration of a role that can start: every address is known. Beside JWT_SECRET there may be JWKS instead. */
export interface ResolvedConfig extends Config {
  readonly DATABASE_URL: string;
  readonly S3_REGION: string;
  readonly S3_SOURCE_BUCKET: string;
  readonly S3_MEDIA_BUCKET: string;
}

/**
 * Reads the environment.
 *
 * @param env for instance `process.env`; an empty string counts as not set
 * @param scope what the program uses, so that it is not asked for more
 * @throws ConfigError that names every problem at once
 */
export function loadConfig(
  env: Readonly<Record<string, string | undefined>>,
  scope: ConfigScope = 'everything',
): Config {
  const given = givenVariables(env);
  const parsed = CONFIG_SCHEMA.safeParse(given);
  const between = problemsBetween(given, scope);
  if (!parsed.success || between.length > 0) {
    const single = (parsed.error?.issues ?? []).map((issue) =>
      valueProblem(issue.path[0] as VariableName, issue.message, given),
    );
    throw new ConfigError([...single, ...between]);
  }
  return withDerived(parsed.data, namesStorage(given));
}

/** The same configuration, once nothing is missing any more. Throws ConfigError otherwise. */
export function completeConfig(loaded: Config): ResolvedConfig {
  const { DATABASE_URL, S3_REGION, S3_SOURCE_BUCKET, S3_MEDIA_BUCKET } = loaded;
  if (DATABASE_URL && S3_REGION && S3_SOURCE_BUCKET && S3_MEDIA_BUCKET) {
    return { ...loaded, DATABASE_URL, S3_REGION, S3_SOURCE_BUCKET, S3_MEDIA_BUCKET };
  }
  const needed = { DATABASE_URL, S3_REGION, S3_SOURCE_BUCKET, S3_MEDIA_BUCKET };
  const missing = (Object.keys(needed) as (keyof typeof needed)[]).filter((name) => !needed[name]);
  throw new ConfigError(missing.map((name) => ({ name, problem: 'is not set' })));
}

function withDerived(parsed: Parsed, hasOwnStorage: boolean): Config {
  const sluiceDir = path.resolve(parsed.SLUICE_DIR);
  const publicUrl = parsed.PUBLIC_URL ?? `http://localhost:${parsed.PORT}`;
  return {
    ...parsed,
    PUBLIC_URL: publicUrl,
    HOST: parsed.HOST ?? (isThisMachine(publicUrl) && !parsed.SLUICE_IMAGE ? '127.0.0.1' : '0.0.0.0'),
    SLUICE_DIR: sluiceDir,
    TMP_DIR: path.resolve(parsed.TMP_DIR ?? path.join(sluiceDir, 'tmp')),
    S3_PORT: parsed.S3_PORT ?? parsed.PORT + 1,
    hasOwnStorage,
  };
}

function isThisMachine(address: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(address).hostname);
}
