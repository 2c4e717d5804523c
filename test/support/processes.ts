import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { waitFor } from './conditions.ts';

export const PROJECT_ROOT = path.resolve(import.meta.dirname, '../..');
/** A start is mostly compiling, so compiled code is kept between runs. */
const COMPILED = path.join(PROJECT_ROOT, 'node_modules/.cache/compiled');

export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program of ours in a process of its own, as an operator starts it. */
export interface Program extends AsyncDisposable {
  readonly pid: number;
  /** What it has written so far. */
  out(): string;
  err(): string;
  /** Resolves when its output holds the text; rejects when it ends before. */
  says(text: string): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** Settles when it is gone and its pipes are read. */
  readonly ended: Promise<ProgramEnd>;
  isOver(): boolean;
}

/**
 * Starts a program with Node in a process of its own, with no variable of this one but PATH. Disposing of it kills it.
 *
 * @param program path from the root of the project, then arguments
 */
export function startProgram(program: readonly string[], env: Readonly<Record<string, string>>): Program {
  return startCommand([process.execPath, ...program], env);
}

/** The same for any program, such as npm. */
export function startCommand(words: readonly string[], env: Readonly<Record<string, string>>): Program {
  const [command = '', ...args] = words;
  const child = spawn(command, args, {
    cwd: PROJECT_ROOT,
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
  const ended = once(child, 'close').then(([code, signal]): ProgramEnd => ({ code, signal }));
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  return {
    pid: child.pid ?? 0,
    out: () => said.out,
    err: () => said.err,
    async says(text) {
      const words = `"${text}" from ${args.join(' ')}`;
      const heard = async () => {
        if (said.out.includes(text) || isOver()) return true;
        throw new Error(`it has said ${JSON.stringify(said.out + said.err)}`);
      };
      await waitFor(words, heard, { timeoutMs: 150_000 });
      if (!said.out.includes(text)) throw new Error(`No ${words}; it ended: ${said.err}${said.out}`);
    },
    signal: (name) => void child.kill(name),
    ended,
    isOver,
    async [Symbol.asyncDispose]() {
      if (!isOver()) child.kill('SIGKILL');
      await ended;
    },
  };
}

/** A process of this machine. */
export interface SeenProcess {
  readonly pid: number;
  /** proc(5): `T` is stopped, `Z` waits for its parent to notice its end. */
  readonly state: string;
  readonly commandLine: string;
}

/** Processes whose command line names `text`, such as the folder that they work in. */
export async function processesNaming(text: string): Promise<SeenProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const seen = await Promise.all(
    pids.map(async (pid) => {
      try {
        const [commandLine, stat] = await Promise.all(
          ['cmdline', 'stat'].map((name) => readFile(`/proc/${pid}/${name}`, 'latin1')),
        );
        const state = stat?.slice(stat.lastIndexOf(')') + 2)[0] ?? '';
        return { pid: Number(pid), state, commandLine: commandLine ?? '' };
      } catch {
        return null;
      }
    }),
  );
  return seen.filter((each) => each !== null).filter((each) => each.commandLine.includes(text));
}
