import path from 'node:path';
import type { z } from 'zod';
import type { Settings } from '#domain/settings.ts';
import { UPLOAD_POLICIES } from '#domain/upload/upload-policies.ts';
import { ConfigError, valueProblem } from './config-error.ts';
import { type ConfigScope, givenVariables, namesStorage, problemsBetween } from './config-rules.ts';
import { CONFIG_SCHEMA, type VariableName } from './config-schema.ts';

type Parsed = z.output<typeof CONFIG_SCHEMA>;

/**
 * What the environment says, by the names of its variables. Addresses and secrets that a laptop embeds or generates may
 * still be missing.
 */
export interface LoadedConfig extends Readonly<Parsed> {
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
export interface Config extends LoadedConfig {
  readonly DATABASE_URL: string;
  readonly S3_REGION: string;
  readonly S3_SOURCE_BUCKET: string;
  readonly S3_MEDIA_BUCKET: string;
}

/** Beats in a lease: four may be lost before it ends (R6). */
const BEATS_PER_LEASE = 4.5;

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
): LoadedConfig {
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
export function completeConfig(loaded: LoadedConfig): Config {
  const { DATABASE_URL, S3_REGION, S3_SOURCE_BUCKET, S3_MEDIA_BUCKET } = loaded;
  if (DATABASE_URL && S3_REGION && S3_SOURCE_BUCKET && S3_MEDIA_BUCKET) {
    return { ...loaded, DATABASE_URL, S3_REGION, S3_SOURCE_BUCKET, S3_MEDIA_BUCKET };
  }
  const needed = { DATABASE_URL, S3_REGION, S3_SOURCE_BUCKET, S3_MEDIA_BUCKET };
  const missing = (Object.keys(needed) as (keyof typeof needed)[]).filter((name) => !needed[name]);
  throw new ConfigError(missing.map((name) => ({ name, problem: 'is not set' })));
}

/** What decides how verbs behave. */
export function settingsFrom(config: LoadedConfig): Settings {
  return {
    policies: UPLOAD_POLICIES,
    sessionTtlSeconds: config.UPLOAD_SESSION_TTL_SECONDS,
    completionLeaseSeconds: 600,
    completionAnswerSeconds: 20,
    leaseBeatSeconds: config.TRANSCODE_LEASE_SECONDS / BEATS_PER_LEASE,
    leaseDeadSeconds: config.TRANSCODE_LEASE_SECONDS,
    transcodeAttempts: config.TRANSCODE_ATTEMPTS,
    transcodeRetrySeconds: 10,
    probeAttempts: 2,
    probeRetrySeconds: 30,
    maxActiveJobsPerOwner: config.MAX_ACTIVE_JOBS_PER_OWNER,
    versionGraceSeconds: config.VERSION_GRACE_SECONDS,
    deleteGraceSeconds: config.DELETE_GRACE_SECONDS,
    segmentContainer: config.SEGMENT_CONTAINER,
    segmentSeconds: 4,
    audioBitsPerSecond: 128_000,
  };
}

function withDerived(parsed: Parsed, hasOwnStorage: boolean): LoadedConfig {
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
