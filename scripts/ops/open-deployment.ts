import { loadConfig } from '#bootstrap/config.ts';
import { resolveConfig } from '#bootstrap/embedded/resolve-config.ts';
import { createLogger } from '#bootstrap/logger.ts';
import { openPlatform } from '#bootstrap/open-platform.ts';
import type { Platform } from '#bootstrap/platform.ts';

/** A program of one operator needs few connections, and leaves the others to those who serve. */
const POOL_SIZE = 3;

/**
 * The deployment that the environment names, else that of the `npm start` of this folder: its database and storage,
 * without its API. The log goes to stderr, and only with `verbose`.
 *
 * @throws StartFailure, ConfigError
 */
export function openDeployment({ verbose }: { verbose: boolean }): Promise<Platform> {
  const config = resolveConfig(loadConfig(process.env));
  const log = createLogger(verbose ? config : { LOG_LEVEL: 'silent' }, {
    write: (line) => void process.stderr.write(line),
  });
  return openPlatform(
    { ...config, DATABASE_POOL_SIZE: Math.min(POOL_SIZE, config.DATABASE_POOL_SIZE) },
    { log, withTranscoder: false, migrates: false, preparesBuckets: false, joins: false },
  );
}
