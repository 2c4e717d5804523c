import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setPriority } from 'node:os';
import type { Readable } from 'node:stream';

/** A program to run without a shell, in its own process group and with an environment of its own. */
export interface LimitedCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Address space in bytes, by `prlimit`; ignored where `prlimit` is null. */
  readonly memoryMaxBytes: number;
  readonly prlimit: string | null;
  /** `setpriv`, by which the kernel ends the program when we die, even one that is paused; ignored where absent. */
  readonly setpriv?: string | null;
}

export interface ProcessEnd {
  readonly exitCode: number | null;
  /** The last lines of stderr. */
  readonly stderr: string;
}

export interface LimitedProcess {
  readonly pid: number;
  readonly stdout: Readable;
  /** File descriptor 3 of the program. */
  readonly progress: Readable;
  /** Settles when the process is gone and its pipes are read. Rejects when it could not be started. */
  readonly ended: Promise<ProcessEnd>;
  /** SIGSTOP and SIGCONT for the whole group. */
  pause(): void;
  resume(): void;
  /** SIGTERM, and SIGKILL after `graceMs`. */
  end(graceMs?: number): void;
}

/**
 * Nothing of ours: no secret reaches a program that reads hostile files, and no `http_proxy` stands between it and the
 * gateway. The static ffprobe of npm crashes on the names in a transport stream when it loads the machine's character
 * converters; a path without any makes it go on without. Each arena of malloc takes 64 MiB of address space and there
 * are eight per core: with two, the limit on memory means memory on large machines as well.
 */
const ENVIRONMENT = { GCONV_PATH: '/nonexistent', MALLOC_ARENA_MAX: '2' } as const;

/** Below the API and the database on a machine that runs them all. */
const PRIORITY = 10;

const STDERR_MAX_CHARS = 8_000;
const GRACE_MS = 5_000;

/** Starts a program in its own group. */
export function startLimited(command: LimitedCommand): LimitedProcess {
  const bounded = [
    ...(command.setpriv ? [command.setpriv, '--pdeathsig', 'KILL'] : []),
    ...(command.prlimit ? [command.prlimit, `--as=${command.memoryMaxBytes}`] : []),
    ...[command.command, ...command.args],
  ];
  const [program = command.command, ...args] = bounded;
  const child = spawn(program, args, {
    detached: true,
    env: ENVIRONMENT,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const { stdout, stderr } = child;
  const progress = child.stdio[3];
  if (!stdout || !stderr || !progress || !('read' in progress)) throw new Error('the process has no pipes');
  lowerPriority(child.pid);
  let tail = '';
  stderr.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-STDERR_MAX_CHARS);
  });
  const ended = endOf(child).then((exitCode) => ({ exitCode, stderr: tail }));
  ended.catch(() => undefined);
  const signalGroup = (signal: NodeJS.Signals) => {
    // The group's id may be another's once the leader has been reaped.
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
      process.kill(-child.pid, signal);
    } catch {
      child.kill(signal);
    }
  };
  return {
    pid: child.pid ?? 0,
    stdout,
    progress,
    ended,
    pause: () => signalGroup('SIGSTOP'),
    resume: () => signalGroup('SIGCONT'),
    end(graceMs = GRACE_MS) {
      signalGroup('SIGTERM');
      // Whoever stopped it: a stopped process takes no SIGTERM before it runs again.
      signalGroup('SIGCONT');
      const force = setTimeout(() => signalGroup('SIGKILL'), graceMs);
      ended.finally(() => clearTimeout(force)).catch(() => undefined);
    },
  };
}

function lowerPriority(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, PRIORITY);
  } catch {
    // It has ended already, or this machine does not let us.
  }
}

async function endOf(child: ChildProcess): Promise<number | null> {
  const [exitCode] = await once(child, 'close');
  return exitCode;
}

/** Takes addresses and folders out of a program's messages before anybody stores or reads them. */
export function scrub(text: string, folders: readonly string[] = []): string {
  const withoutFolders = folders.reduce((rest, folder) => rest.replaceAll(folder, '…'), text);
  return withoutFolders.replaceAll(/[a-z][a-z0-9+.-]*:\/\/[^\s'"]+/gi, '(source)').trim();
}
