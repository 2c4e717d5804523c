import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

const SERVES_WITHIN_MS = 120_000;
const LAST_CHARACTERS = 4000;

export interface Running {
  readonly child: ChildProcess;
  /** Resolves when the address answers 2xx; throws with the program's last words when it ends or takes too long. */
  untilAnswers(url: string): Promise<void>;
}

/** Starts a program of a tree with Node, with no variable of this process but where to find programs. */
export function launch(
  tree: string,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Running {
  const child = spawn(process.execPath, words, {
    cwd: tree,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = `${said}${text}`.slice(-LAST_CHARACTERS);
    });
  return {
    child,
    async untilAnswers(url) {
      const deadline = performance.now() + SERVES_WITHIN_MS;
      while (performance.now() < deadline && child.exitCode === null) {
        const answer = await fetch(url, { signal: AbortSignal.timeout(2000) }).catch(() => null);
        if (answer?.ok) return;
        await pause(200);
      }
      throw new Error(`${words.join(' ')} does not serve:\n${said}`);
    },
  };
}

/** Ends it in order. */
export async function stop({ child }: Running): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

/** Runs a program to its end; its stdout. Throws with what it said when it fails. */
export async function finish(
  tree: string,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const { child } = launch(tree, words, env);
  const output = { out: '', err: '' };
  child.stdout?.on('data', (text: string) => {
    output.out += text;
  });
  child.stderr?.on('data', (text: string) => {
    output.err += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}:\n${output.out}${output.err}`);
  return output.out;
}
