import { setTimeout as sleep } from 'node:timers/promises';
import { isPostmaster } from './postmaster.ts';

/** How a server ended. */
export interface PostgresExit {
  /** true where stop() was called before */
  requested: boolean;
  /** in words for a log: "stopped", "exit code 1", "signal SIGKILL", "process gone" */
  how: string;
}

// A fast shutdown waits for a checkpoint, which on a slow disk takes seconds.
const stopTimeoutMs = 60_000;
const watchEveryMs = 500;

/**
 * Follows a running server to its end.
 *
 * @param end its end by the kernel's word; absent where the server is not our child, which is then watched
 */
export function watchServer(
  pid: number,
  dataDir: string,
  end: Promise<string> = untilGone(pid, dataDir),
): { exited: Promise<PostgresExit>; stop(): Promise<void> } {
  const { promise: exited, resolve } = Promise.withResolvers<PostgresExit>();
  let requested = false;
  end.then((how) => resolve({ requested, how }));
  return { exited, stop };

  async function stop(): Promise<void> {
    requested = true;
    const deadline = Date.now() + stopTimeoutMs;
    if (isPostmaster(pid, dataDir)) process.kill(pid, 'SIGINT');
    // Not `end`: that does not keep Node running until the server is gone.
    while (isPostmaster(pid, dataDir)) {
      if (Date.now() > deadline) {
        throw new Error(`PostgreSQL (pid ${pid}) on ${dataDir} did not stop in ${stopTimeoutMs / 1000} s.`);
      }
      await sleep(10);
    }
    resolve({ requested, how: 'stopped' });
  }
}

async function untilGone(pid: number, dataDir: string): Promise<string> {
  while (isPostmaster(pid, dataDir)) await sleep(watchEveryMs, undefined, { ref: false });
  return 'process gone';
}
