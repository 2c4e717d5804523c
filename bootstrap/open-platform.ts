import type { Log } from '#domain/context.ts';
import { StorageError } from '#providers/storage/storage-errors.ts';
import { checkDatabase, checkMigrations, explainDatabase } from './check-database.ts';
import { composePlatform } from './compose.ts';
import type { ResolvedConfig } from './config.ts';
import { databaseFrom } from './config-settings.ts';
import { joinDeployment, refuseUnknownStorages } from './join-deployment.ts';
import { migrateDatabase } from './migrate-database.ts';
import type { Platform } from './platform.ts';
import { StartFailure } from './start-failure.ts';

export interface OpenOptions {
  readonly log: Log;
  /** A worker encodes; an API does not need FFmpeg. */
  readonly withTranscoder: boolean;
  /** True on a laptop. Elsewhere the role `migrate` does it, and a database that is behind is refused. */
  readonly migrates: boolean;
  /** False where storage need not answer. Default true. */
  readonly preparesBuckets?: boolean;
  /** False for a program that ends soon: a move does not ask whether it knows both storages. Default true. */
  readonly joins?: boolean;
}

/**
 * Checks what a role needs and wires it.
 *
 * @throws StartFailure in one line: database, storage, FFmpeg or migrations
 */
export async function openPlatform(config: ResolvedConfig, options: OpenOptions): Promise<Platform> {
  const database = databaseFrom(config);
  await checkDatabase(database);
  if (options.migrates) {
    const names = await explainDatabase(database, () => migrateDatabase(database));
    if (names.length > 0) options.log.info({ migrations: names }, 'the database was migrated');
  } else await checkMigrations(database);
  try {
    const platform = await composePlatform(config, options);
    return await admitted(platform, options.joins !== false);
  } catch (error) {
    throw error instanceof StorageError ? storageFailure(error, config) : error;
  }
}

/** As part of the deployment, or as a guest that others need not wait for. */
async function admitted(platform: Platform, joins: boolean): Promise<Platform> {
  try {
    if (joins) return await joinDeployment(platform);
    await refuseUnknownStorages(platform);
    return platform;
  } catch (error) {
    await platform.close();
    throw error;
  }
}

function storageFailure(error: StorageError, config: ResolvedConfig): StartFailure {
  const advice = {
    access_refused: ' Check S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY.',
    unavailable: ' Check S3_ENDPOINT.',
  }[error.code as string];
  const where = config.S3_ENDPOINT ?? `AWS ${config.S3_REGION}`;
  return new StartFailure(`Storage at ${where}: ${error.message.replace(/\.$/, '')}.${advice ?? ''}`, {
    cause: error,
  });
}
