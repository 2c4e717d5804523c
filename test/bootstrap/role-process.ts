import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { type Program, startProgram } from '#test/support/processes.ts';

export interface RoleProcess extends Program {
  /** Resolves to the exit code; null where a signal ended it. */
  readonly exited: Promise<number | null>;
}

/** As `startProgram`; it is killed at the end of the test if it still runs. */
export function runProgram(program: readonly string[], env: Record<string, string>): RoleProcess {
  const started = startProgram(program, env);
  onTestFinished(() => started[Symbol.asyncDispose]());
  return { ...started, exited: started.ended.then(({ code }) => code) };
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
