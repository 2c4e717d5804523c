import { createHmac } from 'node:crypto';
import { type Config, completeConfig, type ResolvedConfig } from '../config.ts';
import { databaseFrom } from '../config-settings.ts';
import type { DatabaseAddress } from '../database-address.ts';
import { StartFailure } from '../start-failure.ts';
import { type RunAddresses, readRun } from './run-file.ts';
import { generatedSecrets } from './secrets.ts';

/** Names of the buckets in the embedded server. */
export const EMBEDDED_BUCKETS = { sources: 'sluice-sources', media: 'sluice-media' } as const;

/**
 * The configuration of a role that starts by itself: what the environment does not name is taken from the `npm start`
 * that runs in the same folder. In the image nothing is missing by now (R19).
 *
 * @throws StartFailure, in one line, when something is missing and no `npm start` has it
 */
export function resolveConfig(config: Config): ResolvedConfig {
  const needs = missingServers(config);
  if (needs.length === 0) return resolveWith(config, {});
  const run = readRun(config.SLUICE_DIR);
  if (!run) {
    throw new StartFailure(
      `No ${needs.map((need) => need.what).join(' and ')}: run \`npm start\` in this folder first, or set ${needs.map((need) => need.variables).join(' and ')}.`,
    );
  }
  if (!run.isReady)
    throw new StartFailure('`npm start` is still starting in this folder; try again in a moment.');
  const absent = needs.filter((need) => !need.isIn(run));
  if (absent.length > 0) {
    throw new StartFailure(
      `The \`npm start\` of this folder was given its ${absent.map((need) => need.what).join(' and ')} by environment: set ${absent.map((need) => need.variables).join(' and ')} here too.`,
    );
  }
  return resolveWith(config, run);
}

/** The database of the environment, else that of the `npm start` of this folder. Throws StartFailure without either. */
export function databaseToMigrate(config: Config): DatabaseAddress {
  const DATABASE_URL = config.DATABASE_URL ?? readRun(config.SLUICE_DIR)?.databaseUrl;
  if (DATABASE_URL !== undefined) return databaseFrom({ ...config, DATABASE_URL });
  throw new StartFailure('No database: set DATABASE_URL. On a laptop `npm start` migrates by itself.');
}

/** Fills in addresses, and what a laptop generates. */
export function resolveWith(config: Config, { databaseUrl, s3 }: RunAddresses): ResolvedConfig {
  const withAuth = withSecrets(config);
  const DATABASE_URL = config.DATABASE_URL ?? databaseUrl;
  const filled = { ...withAuth, ...(DATABASE_URL !== undefined && { DATABASE_URL }) };
  if (config.hasOwnStorage || !s3) return completeConfig(filled);
  const storageWebhookSecret = config.STORAGE_WEBHOOK_SECRET ?? storageSecretFrom(filled.WEBHOOK_SECRET);
  const secrets = generatedSecrets(config.SLUICE_DIR);
  return completeConfig({
    ...filled,
    S3_ENDPOINT: s3.endpoint,
    S3_PUBLIC_ENDPOINT: s3.publicEndpoint,
    S3_REGION: 'us-east-1',
    S3_ACCESS_KEY_ID: secrets.S3_ACCESS_KEY_ID,
    S3_SECRET_ACCESS_KEY: secrets.S3_SECRET_ACCESS_KEY,
    S3_SOURCE_BUCKET: EMBEDDED_BUCKETS.sources,
    S3_MEDIA_BUCKET: EMBEDDED_BUCKETS.media,
    S3_VENDOR: 'embedded',
    ...(storageWebhookSecret !== undefined && { STORAGE_WEBHOOK_SECRET: storageWebhookSecret }),
  });
}

/** What the embedded storage tells the API by. Of every process of the folder the same, and of no use as the other one. */
function storageSecretFrom(webhookSecret: string | undefined): string | undefined {
  if (webhookSecret === undefined) return undefined;
  return createHmac('sha256', webhookSecret)
    .update('sluice: events of the embedded storage')
    .digest('base64url');
}

/** The configuration with the secrets of the folder where it has none; never in the image (R19). */
export function withSecrets(config: Config): Config {
  const needsKey = config.JWT_SECRET === undefined && config.JWT_JWKS_URL === undefined;
  if (config.SLUICE_IMAGE || (!needsKey && config.WEBHOOK_SECRET !== undefined)) return config;
  const secrets = generatedSecrets(config.SLUICE_DIR);
  return {
    ...config,
    ...(needsKey && { JWT_SECRET: secrets.JWT_SECRET }),
    WEBHOOK_SECRET: config.WEBHOOK_SECRET ?? secrets.WEBHOOK_SECRET,
  };
}

interface ServerNeed {
  readonly what: string;
  readonly variables: string;
  readonly isIn: (run: RunAddresses) => boolean;
}

function missingServers(config: Config): ServerNeed[] {
  const database = {
    what: 'database',
    variables: 'DATABASE_URL',
    isIn: (run: RunAddresses) => !!run.databaseUrl,
  };
  const storage = { what: 'storage', variables: 'the S3_ variables', isIn: (run: RunAddresses) => !!run.s3 };
  return [...(config.DATABASE_URL ? [] : [database]), ...(config.hasOwnStorage ? [] : [storage])];
}
