import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { waitFor } from '#test/support/conditions.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const COMPILED = path.join(ROOT, 'node_modules/.cache/compiled');

export interface RoleProcess {
  readonly child: ChildProcess;
  /** What it has written so far. */
  out(): string;
  err(): string;
  /** Resolves when its log holds the text. */
  says(text: string): Promise<void>;
  /** Resolves to the exit code; null where a signal ended it. */
  readonly exited: Promise<number | null>;
}

/**
 * Runs a program of ours in a process of its own, with no variable of this one but PATH. It is killed at the end of the
 * test if it still runs.
 *
 * @param program path from the root of the project, then arguments
 */
export function runProgram(program: readonly string[], env: Record<string, string>): RoleProcess {
  const child = spawn(process.execPath, program.slice(), {
    cwd: ROOT,
    // Compiled code is kept between runs: a start is mostly compiling.
    env: { PATH: process.env.PATH, HOME: tmpdir(), NODE_COMPILE_CACHE: COMPILED, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text;
  });
  const exited = once(child, 'close').then(([code]) => code as number | null);
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exited;
  });
  return {
    child,
    out: () => said.out,
    err: () => said.err,
    async says(text) {
      await waitFor(
        `"${text}" from ${program.join(' ')}`,
        async () => {
          if (said.out.includes(text)) return true;
          if (child.exitCode !== null) throw new Error(`it ended: ${said.err}${said.out}`);
          return false;
        },
        { timeoutMs: 50_000 },
      );
    },
    exited,
  };
}

/** An empty folder for one test, which the account of an embedded Postgres may enter. */
export function ownFolder(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'sluice-role-'));
  chmodSync(dir, 0o711);
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Two ports in a row that nobody listens on, for the API and the embedded S3 server. */
export async function freePorts(): Promise<{ port: number; s3Port: number }> {
  for (;;) {
    const [first, second] = [await hold(0), createServer()];
    const isPair = await new Promise<boolean>((resolve) => {
      second.once('error', () => resolve(false)).listen(first.port + 1, '127.0.0.1', () => resolve(true));
    });
    first.close();
    second.close();
    if (isPair) return { port: first.port, s3Port: first.port + 1 };
  }
}

/** Listens on a port, so that nobody else can. */
export async function hold(port: number): Promise<{ port: number; close(): void }> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    close: () => void server.close(),
  };
}
