import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { giveTo, type ServerAccount } from './account.ts';

/** Who logs in; the password is in a file beside the data. */
export const superuser = 'postgres';

/**
 * What a PostgreSQL program gets as environment. Ours holds secrets (storage keys) and may hold PGDATA, TZ or a
 * locale that would change what it does.
 */
export const serverEnvironment = { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8', TZ: 'UTC' };

interface NewCluster {
  dataDir: string;
  passwordFile: string;
  initdb: string;
  account: ServerAccount | undefined;
  /** false skips fsync: faster, for tests */
  durable: boolean;
}

/**
 * Makes the data directory where there is none; otherwise leaves it alone. initdb works in a directory of its
 * own that is then renamed: a half-made one is never taken for data, and of two processes one wins.
 *
 * @returns the password of the superuser
 * @throws Error with initdb's own words
 */
export async function ensureCluster(cluster: NewCluster): Promise<string> {
  const { dataDir, passwordFile } = cluster;
  if (existsSync(dataDir)) return readPassword(passwordFile, dataDir);
  const password = ensurePassword(passwordFile, cluster.account);
  removeAbandoned(dataDir);
  const unfinished = `${dataDir}.new-${process.pid}`;
  mkdirSync(unfinished, { mode: 0o700 });
  giveTo(cluster.account, unfinished);
  try {
    await runInitdb(cluster, unfinished);
    renameSync(unfinished, dataDir);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(dataDir)) throw error;
  }
  return password;
}

async function runInitdb({ initdb, passwordFile, account, durable }: NewCluster, target: string) {
  const args = [
    `--pgdata=${target}`,
    `--username=${superuser}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C.UTF-8',
    ...(durable ? [] : ['--no-sync']),
  ];
  try {
    await promisify(execFile)(initdb, args, { ...account, env: serverEnvironment, cwd: '/' });
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : '';
    throw new Error(`initdb could not make a database in ${target}: ${said || cause}`, { cause });
  }
}

/** Linked into place whole, so that two processes that start at once agree on one password. */
function ensurePassword(file: string, account: ServerAccount | undefined): string {
  const draft = `${file}.new-${process.pid}`;
  writeFileSync(draft, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  giveTo(account, draft);
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!existsSync(file)) throw error;
  } finally {
    rmSync(draft);
  }
  return readFileSync(file, 'utf8').trim();
}

function readPassword(file: string, dataDir: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new Error(
      `The password of the database in ${dataDir} cannot be read from ${file}: put that file back, or delete ${path.dirname(dataDir)} to start empty.`,
      { cause },
    );
  }
}

function removeAbandoned(dataDir: string): void {
  const prefix = `${path.basename(dataDir)}.new-`;
  for (const name of readdirSync(path.dirname(dataDir))) {
    const pid = name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
    if (!pid || (pid !== String(process.pid) && existsSync(`/proc/${pid}`))) continue;
    rmSync(path.join(path.dirname(dataDir), name), { recursive: true, force: true });
  }
}
