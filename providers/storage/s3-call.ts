import { setTimeout as wait } from 'node:timers/promises';
import { type CallSubject, CallTimeout, isThrottled, toStorageError } from './s3-errors.ts';
import type { StorageError } from './storage-errors.ts';

/** How long storage may take and how often it is asked again. */
export interface CallLimits {
  /** To reach the server. */
  readonly connectTimeoutMs: number;
  /** One attempt of a call that moves no object data; of a read, until the answer begins. */
  readonly answerTimeoutMs: number;
  /** One attempt of a call in which storage itself moves data: complete, copy, delete of 1000 keys. */
  readonly heavyTimeoutMs: number;
  /** A transfer in which storage owes the next byte, or takes none. */
  readonly idleTimeoutMs: number;
  /** After this no further attempt begins. */
  readonly retryForMs: number;
  readonly attempts: number;
  /** The first pause lasts up to this long, every further one up to twice as long. */
  readonly retryDelayMs: number;
}

export const DEFAULT_CALL_LIMITS: CallLimits = {
  connectTimeoutMs: 4_000,
  answerTimeoutMs: 10_000,
  heavyTimeoutMs: 600_000,
  idleTimeoutMs: 30_000,
  retryForMs: 20_000,
  attempts: 5,
  retryDelayMs: 100,
};

const MAX_RETRY_DELAY_MS = 5_000;
const THROTTLED_DELAY_FACTOR = 5;

/** The caller's own stream failed: its error, not storage's, is what the caller gets. */
export class SourceFailure extends Error {}

export interface CallOptions {
  readonly limits: CallLimits;
  /** Of one attempt; left out where `attempt` watches its own progress. */
  readonly timeoutMs?: number;
  /** The caller's; its reason is thrown as it is. */
  readonly signal?: AbortSignal | undefined;
  /** False where the body is a stream, which can be sent only once. */
  readonly replayable?: boolean;
}

/** One attempt: it ends when `signal` aborts, and may end itself by `fail`. */
type Attempt<Answer> = (signal: AbortSignal, fail: (error: Error) => void) => Promise<Answer>;

/** Makes a call to storage, again with growing, random pauses while storage is unavailable. Throws StorageError. */
export async function callStorage<Answer>(
  subject: CallSubject,
  options: CallOptions,
  attempt: Attempt<Answer>,
): Promise<Answer> {
  const { limits, signal, replayable = true } = options;
  const retryUntil = Date.now() + limits.retryForMs;
  for (let made = 1; ; made += 1) {
    let pauseMs: number;
    let failure: StorageError;
    try {
      return await runAttempt(options, attempt);
    } catch (error) {
      if (error instanceof SourceFailure) throw error.cause;
      signal?.throwIfAborted();
      failure = toStorageError(error, subject);
      pauseMs = randomPauseMs(limits, made, isThrottled(error));
    }
    const again = replayable && failure.code === 'unavailable' && made < limits.attempts;
    if (!again || Date.now() + pauseMs > retryUntil) throw failure;
    await wait(pauseMs, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
  }
}

/** Full jitter: anything from nothing to the doubled bound, so that workers stopped together do not return together. */
function randomPauseMs(limits: CallLimits, made: number, throttled: boolean): number {
  const firstMs = limits.retryDelayMs * (throttled ? THROTTLED_DELAY_FACTOR : 1);
  return Math.random() * Math.min(firstMs * 2 ** (made - 1), MAX_RETRY_DELAY_MS);
}

/** Does not rely on the SDK to notice the abort: a body that is being parsed would not. */
async function runAttempt<Answer>(
  { timeoutMs, signal }: CallOptions,
  attempt: Attempt<Answer>,
): Promise<Answer> {
  signal?.throwIfAborted();
  const aborter = new AbortController();
  const { promise: failed, reject } = Promise.withResolvers<never>();
  failed.catch(() => undefined);
  const fail = (error: Error) => {
    reject(error);
    aborter.abort(error);
  };
  const onAbort = () => fail(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => fail(new CallTimeout(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
  try {
    return await Promise.race([attempt(aborter.signal, fail), failed]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}
