import { Worker } from 'node:worker_threads';
import {
  CallBroken,
  type CallReport,
  type CoconutAccount,
  type CoconutAnswer,
  type CoconutRequest,
  type NumberedCall,
  type NumberedReport,
} from './coconut-call.ts';

/** What an answer may take in memory before its thread is ended. */
const HEAP_MAX_MB = 64;

/** Of a connection that failed, as `coconutjs` calls it, and of an answer that breaks off, as `run-call.ts` does. */
const BROKEN_CODES = ['request_error', 'cut'];

/** A thread in which `coconutjs` makes calls of one account, one at a time. */
export interface IsolatedThread {
  /** False once a call has ended in any other way than by a whole answer: the thread is gone. */
  isAlive(): boolean;
  /** Throws CallBroken. */
  call(request: CoconutRequest, timeoutMs: number): Promise<CoconutAnswer>;
  end(): void;
}

/** It keeps no process alive while it makes no call. */
export function startThread(account: CoconutAccount): IsolatedThread {
  const thread = new Worker(new URL('./call-thread.ts', import.meta.url), {
    // The key goes by message, like the requests: neither an argument nor an environment that others can list.
    workerData: account,
    env: {},
    argv: [],
    execArgv: [],
    // What the package prints, a stack trace with the answer in it for instance, is nobody's business. It is not even read:
    // who reads it is kept alive by the thread.
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MAX_MB },
  });
  let alive = true;
  let calls = 0;
  // An error may be told before the reports that came first; all of them are there when the thread is over.
  const over = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
  over.then(() => {
    alive = false;
  });
  thread.on('error', () => undefined);
  thread.unref();

  return {
    isAlive: () => alive,
    async call(request, timeoutMs) {
      const reports: CallReport[] = [];
      const settled = Promise.withResolvers<void>();
      let reason = 'its thread failed';
      calls += 1;
      const number = calls;
      const onReport = ({ number: of, report }: NumberedReport) => {
        // The package may fail a call once more after it has answered, when the next one is on its way.
        if (of !== number) return;
        reports.push(report);
        if (report.kind === 'answer' || report.kind === 'error') settled.resolve();
      };
      const timer = setTimeout(() => {
        reason = `no answer within ${timeoutMs} ms`;
        thread.terminate();
      }, timeoutMs);
      thread.ref();
      thread.on('message', onReport);
      thread.postMessage({ number, request } satisfies NumberedCall);
      await Promise.race([settled.promise, over]);
      thread.off('message', onReport);
      thread.unref();
      clearTimeout(timer);
      if (!endsWithWholeAnswer(reports)) await thread.terminate();
      return answerOf(reports, reason);
    },
    end: () => void thread.terminate(),
  };
}

/** A request that broke may still crash the thread, and would take the next call with it. */
function endsWithWholeAnswer(reports: readonly CallReport[]): boolean {
  const last = reports.at(-1);
  return last?.kind === 'answer' || (last?.kind === 'error' && !BROKEN_CODES.includes(last.code));
}

/** Puts the reports of one call together. Throws CallBroken when they tell of no answer. */
export function answerOf(reports: readonly CallReport[], reason: string): CoconutAnswer {
  const last = reports.at(-1);
  const response = reports.find((report) => report.kind === 'response');
  const connected = reports.some((report) => report.kind === 'connected');
  if (!response)
    throw new CallBroken(last?.kind === 'error' ? networkReason(last.message) : reason, connected);
  const { status, retryAfter } = response;
  if (last?.kind === 'answer') return { status, retryAfter, body: last.body };
  // Of an error's body the package passes on code and message at best.
  return { status, retryAfter, body: last?.kind === 'error' ? parsed(last.text) : undefined };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Of a message such as `connect ECONNREFUSED 10.0.0.1:443` the code alone. */
function networkReason(message: string): string {
  return /\b[A-Z]+(?:_[A-Z]+)+\b|\bE[A-Z]{3,}\b/.exec(message)?.[0] ?? 'the connection failed';
}
