import { isStorageError } from '#providers/storage/storage-errors.ts';
import { SpoolFull, type TusSpool } from '#providers/storage/tus-spool.ts';
import type { Needs } from '../context.ts';
import { DomainError, isDomainError } from '../errors.ts';
import { completeUpload } from './complete-upload.ts';
import { type ExpectedDigest, runningDigest } from './tus-digest.ts';
import { endDropped } from './tus-finish.ts';
import { tusPartWriter } from './tus-part-writer.ts';
import { readTusUpload } from './tus-upload.ts';

type Context = Needs<'em' | 'actor' | 'storage' | 'settings' | 'enqueue' | 'metrics' | 'log' | 'now'>;

export interface ReceiveTus {
  readonly sessionId: string;
  /** Where `body` begins; has to be the stored offset. */
  readonly offsetBytes: number;
  readonly body: AsyncIterable<Uint8Array>;
  /** Nothing of a body is kept that does not match. */
  readonly expected?: ExpectedDigest | undefined;
  readonly spool: TusSpool;
}

/**
 * Stores a piece of a TUS upload: whole parts as they fill up, what is left over as an object of its own. Each is
 * acknowledged once storage has it, so whatever ends the request (the client, a proxy, a newer request, a crash) costs
 * at most the part that was under way; where the process lives on, not even that.
 *
 * @returns the offset up to which all bytes are stored
 * Throws DomainError `upload_paused`, `upload_closed`, `upload_expired`, `upload_not_found`, `offset_conflict`,
 * `checksum_mismatch`, `too_busy`; StorageError; the error of `body`, whose bytes until then are kept.
 */
export async function receiveTus(context: Context, input: ReceiveTus): Promise<number> {
  const { session, sizeBytes } = await readTusUpload(context, input.sessionId);
  if (session.status === 'PAUSED') throw paused();
  if (session.bytesUploaded !== input.offsetBytes)
    throw new DomainError('offset_conflict', `${session.bytesUploaded} bytes are stored`);
  const digest = input.expected && runningDigest(input.expected);
  const writer = tusPartWriter(context, { session, sizeBytes, spool: input.spool, isHeldBack: !!digest });
  try {
    await writer.begin();
    const broken = await readAll(input.body, async (chunk) => {
      digest?.update(chunk);
      await writer.write(chunk);
    });
    // Bytes that cannot be checked are not kept: the checksum was for all of them.
    if (broken && digest) throw broken.error;
    digest?.verify();
    const offsetBytes = await writer.finish();
    if (broken) throw broken.error;
    return offsetBytes;
  } catch (error) {
    throw await explained(context, session.id, error);
  } finally {
    await writer.close();
  }
}

export function paused(): DomainError {
  return new DomainError('upload_paused', 'This upload is paused; resume it first');
}

/** Resolves to the error that the body ended with, if any; rejects with that of `take`. */
async function readAll(
  body: AsyncIterable<Uint8Array>,
  take: (chunk: Uint8Array) => Promise<void>,
): Promise<{ readonly error: unknown } | undefined> {
  const chunks = body[Symbol.asyncIterator]();
  for (;;) {
    let next: IteratorResult<Uint8Array>;
    try {
      next = await chunks.next();
    } catch (error) {
      return { error };
    }
    if (next.done) return undefined;
    await take(next.value);
  }
}

async function explained(context: Context, sessionId: string, error: unknown): Promise<unknown> {
  if (error instanceof SpoolFull)
    return new DomainError('too_busy', 'As many uploads arrive as this process can take', { cause: error });
  if (!isStorageError(error, 'multipart_not_found')) return error;
  // Joined by a request whose answer was lost, or ended meanwhile, or dropped by storage: a completion finds out which.
  try {
    await completeUpload(context, { sessionId });
    return new DomainError('offset_conflict', 'This upload is complete');
  } catch (refusal) {
    return isDomainError(refusal, 'parts_missing') ? endDropped(context, sessionId) : refusal;
  }
}
