import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { promisify } from 'node:util';
import { loadConfig } from '#bootstrap/config.ts';

const run = promisify(execFile);
const ROOT = path.resolve(import.meta.dirname, '../..');
/** A cold start makes the database first; a busy machine takes its time. */
const READY_WITHIN_MS = 120_000;

export interface RunningSluice {
  /** The API's address, without a trailing slash. */
  readonly base: string;
  readonly token: string;
  /** False when one that ran already is used. */
  readonly startedHere: boolean;
  /** Resolves when it is stopped from outside. */
  untilEnded(): Promise<void>;
  stop(): Promise<void>;
}

/** Uses the Sluice that runs in this folder, or starts one with the configuration at hand. */
export async function startSluice(signal: AbortSignal): Promise<RunningSluice> {
  const base = loadConfig(process.env).PUBLIC_URL;
  const child = (await isReady(base)) ? null : await launch(base, signal);
  try {
    return {
      base,
      token: await mintToken(),
      startedHere: child !== null,
      untilEnded: () => untilEnded(child, signal),
      stop: () => end(child),
    };
  } catch (error) {
    await end(child);
    throw error;
  }
}

async function launch(base: string, signal: AbortSignal): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['bootstrap/standalone.ts'], {
    cwd: ROOT,
    env: { ...process.env, LOG_LEVEL: process.env.LOG_LEVEL ?? 'error' },
    stdio: ['ignore', 'ignore', 'pipe'],
    // Ctrl-C goes to us; we end it when our own work is tidied up.
    detached: true,
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-4000);
  });
  const deadline = performance.now() + READY_WITHIN_MS;
  while (!(await isReady(base))) {
    if (child.exitCode !== null) throw new Error(said.trim() || `npm start ended with ${child.exitCode}`);
    if (signal.aborted || performance.now() > deadline) {
      await end(child);
      signal.throwIfAborted();
      throw new Error(`Sluice was not ready within ${READY_WITHIN_MS / 1000} s. ${said.trim()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return child;
}

async function isReady(base: string): Promise<boolean> {
  return fetch(`${base}/health/ready`, { signal: AbortSignal.timeout(2000) }).then(
    (response) => response.ok,
    () => false,
  );
}

async function mintToken(): Promise<string> {
  const { stdout } = await run(
    process.execPath,
    ['scripts/token.ts', '--sub', randomUUID(), '--ttl', '12h'],
    {
      cwd: ROOT,
      env: process.env,
    },
  );
  return stdout.trim();
}

async function untilEnded(child: ChildProcess | null, signal: AbortSignal): Promise<void> {
  if (signal.aborted || child === null || child.exitCode !== null) return;
  await Promise.race([once(child, 'exit'), once(signal, 'abort')]);
}

async function end(child: ChildProcess | null): Promise<void> {
  if (child === null || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
