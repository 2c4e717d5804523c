import type { StoredPart } from '#providers/storage/object-store.ts';
import type { Needs } from '../context.ts';
import { isDomainError } from '../errors.ts';
import type { FailReason } from '../fail-reasons.ts';
import { transaction } from '../transaction.ts';
import { endSession } from './cancel-upload.ts';
import { completeUpload } from './complete-upload.ts';
import { lockSession, uploadNotFound } from './lock-session.ts';
import { BrokenStream, readParts } from './read-parts.ts';
import { checkAfter, lifeEnd } from './record-signature.ts';
import { empty, otherSize, RefusedSource, tooLarge } from './refused-source.ts';
import { refuseUnlessSignable } from './session-refusals.ts';
import { endOfStream, type SessionEnd } from './stream-faults.ts';
import { UploadSession } from './upload-session.entity.ts';
import type { CompletionView } from './upload-view.ts';

type Context = Needs<'em' | 'actor' | 'storage' | 'settings' | 'enqueue' | 'metrics' | 'log' | 'now'>;

/** A session whose writer died with its process runs out this long after its last sign of life. */
const SILENT_FOR_SECONDS = 600;

export interface StreamSource {
  /** A live S3_MULTIPART session; its part size decides how the stream is cut. */
  readonly sessionId: string;
  readonly body: AsyncIterable<Uint8Array>;
  /** More than this ends the session with UPLOAD_TOO_LARGE. */
  readonly maxSizeBytes: number;
  readonly signal?: AbortSignal;
  /** Why the video is FAILED when the stream itself breaks. Left out: UPLOAD_CANCELED, as when a client goes away. */
  readonly reasonWhenBroken?: (error: unknown) => FailReason;
}

/**
 * Stores a stream as the parts of a session, at most two of them in memory, and completes it. A stream that breaks, is
 * given up, is empty or too large ends the session, its video with it; nothing of it stays in storage. What the storage
 * then does to a stream that came whole is a completion's matter: the sweeper goes on with it.
 *
 * Throws DomainError `upload_not_found`, `upload_closed`, `upload_expired`, `upload_paused`, `completing`, `file_too_large`,
 * `empty_file`, `parts_mismatch` (another size than announced); the stream's own error, or the reason of the abort; StorageError.
 */
export async function streamSource(context: Context, input: StreamSource): Promise<CompletionView> {
  const session = await takeSession(context, input.sessionId);
  const stopKeeping = keepAlive(context, session.id);
  let parts: StoredPart[];
  try {
    parts = await storeParts(context, session, input);
  } catch (error) {
    await endFor(context, session.id, endOfStream(error, input));
    if (error instanceof BrokenStream) throw error.cause;
    if (error instanceof RefusedSource) throw error.refusal;
    throw error;
  } finally {
    stopKeeping();
  }
  // From here on the sweeper knows how much it has to find.
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  const { now, em } = context;
  await em.fork().nativeUpdate(
    UploadSession,
    { id: session.id },
    {
      sizeBytes,
      nextCheckAt: checkAfter(now()),
      expiresAt: lifeEnd(context, session.createdAt),
    },
  );
  try {
    return await completeUpload(context, { sessionId: session.id, parts });
  } catch (error) {
    // Somebody wrote between: what stands there is not this stream, and cannot be sent again.
    if (isDomainError(error, 'parts_missing', 'parts_mismatch'))
      await endFor(context, session.id, { to: 'FAILED', reason: 'UPLOAD_MISMATCH' });
    throw error;
  }
}

/** Refuses what cannot be streamed into, and says that the upload has begun. */
function takeSession({ em, actor, now }: Context, sessionId: string): Promise<UploadSession> {
  return transaction(em, async (tx) => {
    const { session } = await lockSession(tx, sessionId, actor);
    refuseUnlessSignable(session, now());
    if (session.provider !== 'S3_MULTIPART') throw uploadNotFound(sessionId);
    if (session.status !== 'IN_PROGRESS') session.moveTo('IN_PROGRESS');
    session.expiresAt = silenceEnds(now());
    return session;
  });
}

function silenceEnds(now: Date): Date {
  return new Date(now.getTime() + SILENT_FOR_SECONDS * 1000);
}

/** Moves the end of the session on while its writer lives. Returns the function that stops it. */
function keepAlive({ em, log, now }: Context, sessionId: string): () => void {
  const timer = setInterval(
    () =>
      em
        .fork()
        .nativeUpdate(UploadSession, { id: sessionId }, { expiresAt: silenceEnds(now()) })
        .catch((error: unknown) => log.warn({ err: error, sessionId }, 'session not kept alive')),
    (SILENT_FOR_SECONDS * 1000) / 10,
  );
  return () => clearInterval(timer);
}

/** While one part is on its way the next one is read, and no more. */
async function storeParts(
  { storage }: Context,
  session: UploadSession,
  { body, maxSizeBytes, signal }: StreamSource,
): Promise<StoredPart[]> {
  const { fileKey, providerUploadId, partSizeBytes } = session;
  const announcedBytes = session.sizeBytes ?? null;
  const stored: StoredPart[] = [];
  let readBytes = 0;
  let sending: Promise<StoredPart | null> = Promise.resolve(null);
  const settle = async () => {
    const part = await sending;
    if (part) stored.push(part);
  };
  try {
    for await (const part of readParts(body, partSizeBytes, signal)) {
      readBytes += part.byteLength;
      if (readBytes > maxSizeBytes) throw tooLarge(maxSizeBytes);
      if (announcedBytes !== null && readBytes > announcedBytes) throw otherSize(announcedBytes, readBytes);
      await settle();
      const options = signal ? { signal } : {};
      sending = storage.sources.putPart(fileKey, providerUploadId, stored.length + 1, part, options);
      sending.catch(() => undefined);
    }
    await settle();
  } finally {
    // Else a part could land behind the clean-up.
    await sending.catch(() => undefined);
  }
  if (readBytes === 0) throw empty();
  if (announcedBytes !== null && readBytes !== announcedBytes) throw otherSize(announcedBytes, readBytes);
  return stored;
}

/** Ends the session unless somebody else has. What keeps this from working is left to the session's expiry. */
async function endFor(context: Context, sessionId: string, end: SessionEnd): Promise<void> {
  const { em, log, metrics } = context;
  const ended = await transaction(em, async (tx) => {
    const { video, session } = await lockSession(tx, sessionId, { kind: 'system' });
    if (!session.isLive()) return false;
    await endSession(context, tx, { video, session, ...end });
    return true;
  }).catch((error: unknown) => {
    if (!isDomainError(error, 'upload_not_found'))
      log.warn({ err: error, sessionId }, 'session of a broken stream not ended');
    return false;
  });
  if (ended) metrics.uploadFailed(end.reason);
}
