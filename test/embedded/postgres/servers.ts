import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, type ClientConfig } from 'pg';
import { onTestFinished } from 'vitest';
import { isPostmaster, readPostmaster } from '#bootstrap/embedded/postgres/postmaster.ts';
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '#bootstrap/embedded/postgres/server.ts';
import { waitFor } from '#test/support/conditions.ts';

/** An empty directory that the server's account may enter. */
export function makeDirectory(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'sluice-postgres-'));
  chmodSync(dir, 0o711);
  return dir;
}

/** Ends a server that a test left running here. */
export async function killServerOn(dir: string): Promise<void> {
  const left = readPostmaster(path.join(dir, 'data'));
  if (left) await killed(left.pid);
}

export function removeDirectory(dir: string): void {
  rmSync(dir, { recursive: true, force: true, maxRetries: 10 });
}

/** An empty directory that ends with the test, and with it a server on it. */
export function ownDirectory(): string {
  const dir = makeDirectory();
  onTestFinished(async () => {
    await killServerOn(dir);
    removeDirectory(dir);
  });
  return dir;
}

/** A server that needs no fsync unless the test is about it. */
export function started(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ durable: false, ...options });
}

/** A server whose parent, another Node process, was ended once it ran: killed with -9, or by Ctrl-C. */
export async function orphan(
  dir: string,
  how: 'kill -9' | 'Ctrl-C' = 'kill -9',
): Promise<{ pid: number; port: number }> {
  const script = path.join(import.meta.dirname, 'start-in-child.ts');
  const parent = fork(script, [dir], { execArgv: [], detached: true });
  const [server] = await once(parent, 'message');
  if (how === 'kill -9') parent.kill('SIGKILL');
  // A terminal sends it to the whole process group.
  else process.kill(-Number(parent.pid), 'SIGINT');
  await once(parent, 'exit');
  return server;
}

/** Kills a server with -9 and waits until it is gone. */
export async function killed(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await waitFor(`server ${pid} to be gone`, async () => !isPostmaster(pid, '-D'));
}

/** Runs one statement on a connection of its own. */
export async function query(url: string, sql = 'select 1', config: ClientConfig = {}): Promise<unknown[]> {
  const client = new Client({ connectionString: url, ...config });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
