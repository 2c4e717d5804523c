import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

/** A program of the benchmark in a process of its own, so that its CPU time can be told from the others'. */
export interface Child {
  /** Calls a function that the program gave to `answerParent`. Rejects with its error. */
  ask<T>(name: string, input?: unknown): Promise<T>;
  /** Resolves when the process is gone. */
  end(): Promise<void>;
}

interface Answer {
  readonly number: number;
  readonly value?: unknown;
  readonly error?: string;
}

/**
 * Starts a program. Its log lines go to /dev/null: they are written, as in production, and nobody reads them.
 *
 * @param file below bench/
 * @param env added to ours
 */
export function startChild(file: string, env: Readonly<Record<string, string>> = {}): Child {
  const child = fork(path.resolve(import.meta.dirname, '..', file), {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const open = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let count = 0;
  child.on('message', (answer: Answer) => {
    const asked = open.get(answer.number);
    open.delete(answer.number);
    if (answer.error === undefined) asked?.resolve(answer.value);
    else asked?.reject(new Error(`${file}: ${answer.error}`));
  });
  child.once('exit', () => {
    for (const { reject } of open.values()) reject(new Error(`${file} ended`));
  });
  return {
    ask: <T>(name: string, input?: unknown) =>
      new Promise<T>((resolve, reject) => {
        const number = ++count;
        open.set(number, { resolve: (value) => resolve(value as T), reject });
        child.send({ number, name, input });
      }),
    end: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  if (child.connected) child.disconnect();
  await gone;
}

/** CPU that a process has used so far, in microseconds. */
export interface CpuUse {
  readonly user: number;
  readonly system: number;
}

/**
 * The side of the program: answers what its parent asks, `cpu` and `memory` (resident bytes) always, and ends when the parent lets go of it.
 *
 * @param close called before the process ends
 */
export function answerParent(
  answers: Readonly<Record<string, (input: never) => unknown>>,
  close: () => Promise<unknown> = async () => undefined,
): void {
  const all: typeof answers = {
    ...answers,
    cpu: () => process.cpuUsage(),
    memory: () => process.memoryUsage.rss(),
  };
  process.on('message', async ({ number, name, input }: { number: number; name: string; input: never }) => {
    try {
      process.send?.({ number, value: await all[name]?.(input) });
    } catch (error) {
      process.send?.({ number, error: error instanceof Error ? error.message : String(error) });
    }
  });
  // Ctrl-C goes to the whole group; the parent ends us in its own order.
  process.on('SIGINT', () => undefined);
  process.once('disconnect', () => close().finally(() => process.exit()));
}
