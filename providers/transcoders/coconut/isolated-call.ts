import { Worker } from 'node:worker_threads';
import {
  CallBroken,
  type CallReport,
  type CoconutAccount,
  type CoconutAnswer,
  type CoconutCall,
  type CoconutRequest,
} from './coconut-call.ts';

export interface IsolationLimits {
  /** For the whole call, from the start of its thread to the end of the answer. */
  readonly timeoutMs: number;
  /** Calls at the same time; the rest wait their turn. A thread takes about 10 MB. */
  readonly concurrency: number;
}

export const DEFAULT_ISOLATION: IsolationLimits = { timeoutMs: 30_000, concurrency: 4 };

/** What an answer may take in memory before its thread is ended. */
const HEAP_MAX_MB = 64;

/**
 * Runs every call of `coconutjs` in a thread of its own, which sees one key and one request, no environment, and is ended
 * when the answer is there or the time is up. Whatever the package does in it, that one call fails and nothing else.
 */
export function isolatedCalls(account: CoconutAccount, limits: IsolationLimits): CoconutCall {
  const turns: (() => void)[] = [];
  let free = limits.concurrency;
  return async (request) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => turns.push(resolve));
    try {
      return await callInThread(account, request, limits.timeoutMs);
    } finally {
      const next = turns.shift();
      if (next) next();
      else free += 1;
    }
  };
}

async function callInThread(
  account: CoconutAccount,
  request: CoconutRequest,
  timeoutMs: number,
): Promise<CoconutAnswer> {
  const thread = new Worker(new URL('./call-thread.ts', import.meta.url), {
    // Key and request go by message: neither an argument nor an environment that others can list.
    workerData: { account, request },
    env: {},
    argv: [],
    execArgv: [],
    // What it prints, a stack trace with the answer in it for instance, is nobody's business.
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MAX_MB },
  });
  const reports: CallReport[] = [];
  let reason = 'it ended without an answer';
  const timer = setTimeout(() => {
    reason = `no answer within ${timeoutMs} ms`;
    thread.terminate();
  }, timeoutMs);
  // An error is told before or after the reports that came first; all of them are there when the thread is over.
  const over = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
  thread.on('error', () => {
    reason = 'its thread failed';
  });
  thread.on('message', (report: CallReport) => {
    reports.push(report);
    if (report.kind === 'answer' || report.kind === 'error') thread.terminate();
  });
  await over;
  clearTimeout(timer);
  return answerOf(reports, reason);
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
  // For 400 and 401 the package tells code and message; for the rest it invents a code and drops the body.
  if (last?.kind === 'error') return { status, retryAfter, body: parsed(last.text) };
  return { status, retryAfter, body: undefined };
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
  return /\b(E[A-Z_]{3,}|CERT_[A-Z_]+|[A-Z]+_[A-Z_]+)\b/.exec(message)?.[0] ?? 'the connection failed';
}
