import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';

/** The account that runs the server, where that is not our own. */
export interface ServerAccount {
  uid: number;
  gid: number;
}

/**
 * Says who runs the server. PostgreSQL refuses to run as root; any unprivileged account with a passwd entry
 * will do (initdb looks its own name up), so root lends `nobody`, or whoever owns the data already.
 *
 * @returns undefined where it runs as ourselves
 * @throws Error where the data belongs to an account that we cannot become
 */
export function serverAccount(dataDir: string): ServerAccount | undefined {
  const us = process.getuid?.();
  const owner = existsSync(dataDir) ? statSync(dataDir) : undefined;
  if (us !== 0) {
    if (owner && owner.uid !== us) {
      throw new Error(
        `${dataDir} belongs to the account with uid ${owner.uid} (was it made by root?): start as root, delete the directory, or set SLUICE_DIR to another one.`,
      );
    }
    return undefined;
  }
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  try {
    return { uid: idOfNobody('-u'), gid: idOfNobody('-g') };
  } catch (cause) {
    throw new Error(
      'PostgreSQL does not run as root and this machine has no account "nobody" to run it: start as another user, or set DATABASE_URL.',
      { cause },
    );
  }
}

/**
 * @throws Error that names the closed directory, where `account` cannot reach `dir` (a checkout in a home
 * directory of mode 0700)
 */
export function assertReachable(dir: string, account: ServerAccount | undefined): void {
  const closed = account && firstClosedDirectory(dir, account);
  if (!closed) return;
  throw new Error(
    `The embedded PostgreSQL runs as uid ${account.uid} because we are root, and may not enter ${closed}: set SLUICE_DIR to a directory that everybody may enter (such as /var/lib/sluice), run "chmod o+x ${closed}", or set DATABASE_URL.`,
  );
}

/** The first directory from / down to `dir` that `account` may not enter, by its mode bits. */
export function firstClosedDirectory(dir: string, account: ServerAccount): string | undefined {
  const steps = [dir];
  for (let at = dir; path.dirname(at) !== at; at = path.dirname(at)) steps.unshift(path.dirname(at));
  return steps.find((step) => !mayEnter(statSync(step), account));
}

/** Hands a file or directory to the server's account; nothing to do where that is our own. */
export function giveTo(account: ServerAccount | undefined, file: string): void {
  if (account) chownSync(file, account.uid, account.gid);
}

function mayEnter(stats: Stats, { uid, gid }: ServerAccount): boolean {
  if (stats.uid === uid) return (stats.mode & 0o100) !== 0;
  if (stats.gid === gid) return (stats.mode & 0o010) !== 0;
  return (stats.mode & 0o001) !== 0;
}

function idOfNobody(flag: '-u' | '-g'): number {
  return Number(execFileSync('id', [flag, 'nobody'], { stdio: ['ignore', 'pipe', 'pipe'] }).toString());
}
