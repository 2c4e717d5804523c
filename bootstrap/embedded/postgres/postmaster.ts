import { chownSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A server process that runs on a data directory, ours or one that outlived its parent. */
export interface Postmaster {
  pid: number;
  port: number;
  ready: boolean;
}

/**
 * Reads postmaster.pid: line 1 is the process id, line 4 the port, line 8 the status (starting, ready, stopping).
 * An open port is no sign of readiness: a server that recovers accepts and answers 57P03.
 *
 * @returns undefined where no server runs, even if a killed one left its file
 */
export function readPostmaster(dataDir: string): Postmaster | undefined {
  const lines = readOrEmpty(path.join(dataDir, 'postmaster.pid')).split('\n');
  const pid = Number(lines[0]);
  if (!pid || !isPostmaster(pid, dataDir)) return undefined;
  return { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
}

/**
 * Whether this process is the server of this directory. After a crash or a reboot the number may belong to
 * another program, and a killed server stays a zombie for a while: so ask the kernel for its arguments.
 */
export function isPostmaster(pid: number, dataDir: string): boolean {
  return readOrEmpty(`/proc/${pid}/cmdline`).split('\0').includes(dataDir);
}

/**
 * Lets the next server start where a killed one left postmaster.pid. PostgreSQL refuses as long as a process with
 * that number lives, be it a zombie that nobody reaps or, after a reboot, any program of the same user. It takes
 * its parent's number for stale, so the file gets ours; its other lines stay, by which it still finds out whether
 * children of the killed server hold the data.
 */
export function disownPostmasterPid(dataDir: string): void {
  const file = path.join(dataDir, 'postmaster.pid');
  const [pid, ...rest] = readOrEmpty(file).split('\n');
  if (!Number(pid) || isPostmaster(Number(pid), dataDir)) return;
  const { uid, gid } = statSync(file);
  const draft = `${file}.new-${process.pid}`;
  writeFileSync(draft, [process.pid, ...rest].join('\n'), { mode: 0o600 });
  chownSync(draft, uid, gid);
  renameSync(draft, file);
}

/** The port that the last server on this directory was started with, from the file PostgreSQL writes. */
export function lastPort(dataDir: string): number | undefined {
  const found = /"-p" "(\d+)"/.exec(readOrEmpty(path.join(dataDir, 'postmaster.opts')));
  return found ? Number(found[1]) : undefined;
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
