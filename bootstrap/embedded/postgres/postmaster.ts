import { readFileSync } from 'node:fs';
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
