import { CallBroken, type CoconutAccount, type CoconutCall } from './coconut-call.ts';
import { type IsolatedThread, startThread } from './isolated-thread.ts';

export interface IsolationLimits {
  /** For a whole call, from the start of its thread to the end of the answer; and for the wait before that. */
  readonly timeoutMs: number;
  /** Calls at the same time; the rest wait their turn. Each has a thread of about 10 MB. */
  readonly concurrency: number;
  /** After this long without a call a thread is ended. */
  readonly idleMs: number;
}

export const DEFAULT_ISOLATION: IsolationLimits = { timeoutMs: 30_000, concurrency: 4, idleMs: 10_000 };

/**
 * Has `coconutjs` make its calls in threads of their own, which see one key, no environment, and one call at a time.
 * Whatever the package does in one, that call fails, its thread is thrown away, and nothing else notices. A thread whose
 * calls end well is kept for the next: starting one takes longer than most calls.
 */
export function isolatedCalls(account: CoconutAccount, limits: IsolationLimits): CoconutCall {
  const idle: { thread: IsolatedThread; timer: NodeJS.Timeout }[] = [];
  const turns: (() => void)[] = [];
  let free = limits.concurrency;

  function take(): IsolatedThread {
    for (let kept = idle.pop(); kept; kept = idle.pop()) {
      clearTimeout(kept.timer);
      if (kept.thread.isAlive()) return kept.thread;
    }
    return startThread(account);
  }

  function keep(thread: IsolatedThread): void {
    if (!thread.isAlive()) return;
    const kept = {
      thread,
      timer: setTimeout(() => {
        idle.splice(idle.indexOf(kept), 1);
        thread.end();
      }, limits.idleMs).unref(),
    };
    idle.push(kept);
  }

  /** Others may hang for as long as they may. Who has claimed something for his call must hear of it in time. */
  function turn(): Promise<void> {
    return new Promise((resolve, reject) => {
      const given = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        turns.splice(turns.indexOf(given), 1);
        reject(new CallBroken(`no turn within ${limits.timeoutMs} ms`, false));
      }, limits.timeoutMs);
      turns.push(given);
    });
  }

  return async (request) => {
    if (free > 0) free -= 1;
    else await turn();
    const thread = take();
    try {
      return await thread.call(request, limits.timeoutMs);
    } finally {
      keep(thread);
      const next = turns.shift();
      if (next) next();
      else free += 1;
    }
  };
}
