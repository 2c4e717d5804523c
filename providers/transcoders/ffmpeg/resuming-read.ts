import { addAbortSignal, type Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { SourceRejected } from '../source-inspector.ts';
import type { SourceRange } from './media-io.ts';

/** One read of a pinned source; see MediaIo.readSource. */
export type OpenRange = (
  range: SourceRange,
  signal: AbortSignal,
) => Promise<{ readonly body: Readable; readonly sizeBytes: number }>;

export interface RetryPolicy {
  /** Tries in a row that bring no byte before the read is given up. */
  readonly attempts: number;
  /** Wait before the second try; doubled each time, at most 30 times this. */
  readonly firstDelayMs: number;
  /** A read that brings nothing for this long counts as cut. Time in which the reader takes nothing does not count. */
  readonly idleMs: number;
}

export const DEFAULT_RETRY: RetryPolicy = { attempts: 8, firstDelayMs: 200, idleMs: 30_000 };

/**
 * Yields bytes `start` to `end` (inclusive) of a source of `sizeBytes`, opening storage again at the byte where a read
 * broke off. Throws SourceRejected (SOURCE_CHANGED) when the object is another one or gone, else the last transient
 * error. Leaving the loop frees the storage read.
 */
export async function* resumingRead(
  open: OpenRange,
  range: { readonly start: number; readonly end: number; readonly sizeBytes: number },
  retry: RetryPolicy,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  let position = range.start;
  let failures = 0;
  while (position <= range.end) {
    try {
      for await (const chunk of oneRead(open, { ...range, start: position }, retry, signal)) {
        const wanted = chunk.subarray(0, range.end - position + 1);
        position += wanted.length;
        failures = 0;
        yield wanted;
        if (position > range.end) return;
      }
      throw new Error('storage ended a read early');
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof SourceRejected) throw error;
      failures += 1;
      if (failures >= retry.attempts) throw error;
      const waitMs = Math.min(retry.firstDelayMs * 2 ** (failures - 1), retry.firstDelayMs * 30);
      await delay(waitMs * (0.5 + Math.random() / 2), undefined, { signal });
    }
  }
}

async function* oneRead(
  open: OpenRange,
  range: { readonly start: number; readonly end: number; readonly sizeBytes: number },
  retry: RetryPolicy,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const reading = new AbortController();
  const readSignal = AbortSignal.any([signal, reading.signal]);
  const goSilent = () => reading.abort(new Error('storage went silent'));
  let idle = setTimeout(goSilent, retry.idleMs);
  let body: Readable | undefined;
  try {
    const opened = await openUnlessAborted(open, { start: range.start, end: range.end }, readSignal);
    body = opened.body;
    if (opened.sizeBytes !== range.sizeBytes) throw changed(`its size is now ${opened.sizeBytes} bytes`);
    const chunks: AsyncIterator<Buffer> = addAbortSignal(readSignal, body)[Symbol.asyncIterator]();
    for (;;) {
      const next = await chunks.next();
      clearTimeout(idle);
      if (next.done) return;
      yield next.value;
      idle = setTimeout(goSilent, retry.idleMs);
    }
  } finally {
    clearTimeout(idle);
    body?.on('error', () => undefined).destroy();
    reading.abort();
  }
}

/** Stops waiting when `signal` aborts; a body that arrives later is closed. */
async function openUnlessAborted(open: OpenRange, range: SourceRange, signal: AbortSignal) {
  const opening = open(range, signal).catch((error: unknown) => {
    throw asFinal(error);
  });
  opening.then(
    ({ body }) => signal.aborted && body.on('error', () => undefined).destroy(),
    () => undefined,
  );
  return Promise.race([opening, rejectOnAbort(signal)]);
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function asFinal(error: unknown): unknown {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (code === 'object_changed') return changed('storage holds other bytes under its key', error);
  if (code === 'object_not_found') return changed('it is no longer in storage', error);
  return error;
}

function changed(detail: string, cause?: unknown): SourceRejected {
  return new SourceRejected('SOURCE_CHANGED', `The source changed after it was verified: ${detail}.`, {
    cause,
  });
}
