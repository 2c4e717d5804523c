import type { ObjectStore, StoredObject } from '#providers/storage/object-store.ts';
import { isStorageError } from '#providers/storage/storage-errors.ts';
import type { Needs } from '../context.ts';
import { DomainError, isDomainError } from '../errors.ts';
import { transaction } from '../transaction.ts';
import { endSession } from './cancel-upload.ts';
import { refuseUnlessWhole } from './compare-parts.ts';
import { completeUpload } from './complete-upload.ts';
import { lockSession } from './lock-session.ts';
import { UploadSession } from './upload-session.entity.ts';

type Context = Needs<'em' | 'actor' | 'storage' | 'settings' | 'enqueue' | 'metrics' | 'log' | 'now'>;

/**
 * Completes a TUS upload whose last byte is acknowledged, as any other upload; again is no error. Within
 * `completionAnswerSeconds`: what takes longer goes on behind the answer.
 *
 * Throws what `joinTus` and `completeUpload` throw.
 */
export async function finishTus(context: Context, { sessionId }: { sessionId: string }): Promise<void> {
  const session = await context.em.fork().findOneOrFail(UploadSession, { id: sessionId });
  if (session.status === 'COMPLETED') return;
  if ((await joinTus(context, session)) === 'joined') await completeUpload(context, { sessionId });
}

/**
 * Joins the stored parts of a TUS upload to its object. Comes before the last byte is acknowledged: a sweeper that finds
 * the object can complete the upload, whatever becomes of this process. Only what takes storage longer than
 * `completionAnswerSeconds` is acknowledged before, and completed from here when it is done.
 *
 * Throws DomainError `offset_conflict` when storage lacks parts: the upload is set back to what it has, and the client
 * sends the rest again; `upload_expired` when storage has dropped the upload, which ends it; StorageError.
 */
export async function joinTus(context: Context, session: UploadSession): Promise<'joined' | 'joining'> {
  const { settings, storage, log } = context;
  const sessionId = session.id;
  const joined = joinParts(storage.sources, session);
  const { promise: tooLong, resolve } = Promise.withResolvers<'joining'>();
  const timer = setTimeout(resolve, settings.completionAnswerSeconds * 1000, 'joining' as const);
  try {
    if ((await Promise.race([joined, tooLong])) !== 'joining') return 'joined';
  } catch (error) {
    if (isDomainError(error, 'parts_missing')) throw await setBack(context, session);
    if (isStorageError(error, 'multipart_not_found')) throw await endDropped(context, sessionId);
    throw error;
  } finally {
    clearTimeout(timer);
  }
  joined
    .then(() => completeUpload(context, { sessionId }))
    .catch((err: unknown) => log.warn({ err, sessionId }, 'a tus upload was not joined'));
  return 'joining';
}

/** The same object again when it was joined before. */
async function joinParts(sources: ObjectStore, session: UploadSession): Promise<StoredObject> {
  const { fileKey, providerUploadId } = session;
  try {
    const parts = await sources.listParts(fileKey, providerUploadId);
    refuseUnlessWhole(session, parts, []);
    return await sources.completeMultipart(fileKey, providerUploadId, parts);
  } catch (error) {
    if (!isStorageError(error, 'multipart_not_found')) throw error;
    return sources.head(fileKey).catch((missing: unknown) => {
      throw isStorageError(missing, 'object_not_found') ? error : missing;
    });
  }
}

/** To the end of the parts that storage has without a gap. */
async function setBack({ em, storage, log }: Context, session: UploadSession): Promise<DomainError> {
  const { id, fileKey, providerUploadId, partSizeBytes } = session;
  const parts = await storage.sources.listParts(fileKey, providerUploadId);
  const sizes = new Map(parts.map((part) => [part.partNumber, part.sizeBytes]));
  let whole = 0;
  while (sizes.get(whole + 1) === partSizeBytes) whole += 1;
  const storedBytes = whole * partSizeBytes;
  log.warn({ sessionId: id, storedBytes }, 'storage lost parts of an upload, which goes back');
  await em
    .fork()
    .nativeUpdate(UploadSession, { id, bytesUploaded: { $gt: storedBytes } }, { bytesUploaded: storedBytes });
  return new DomainError('offset_conflict', 'Storage has lost a part; send it again');
}

/**
 * Ends the session of an upload that storage has dropped: it would never get on, nor would a client begin again. One that
 * is over already stays as it is. Resolves to what its client is told.
 */
export async function endDropped(context: Context, sessionId: string): Promise<DomainError> {
  const ended = await transaction(context.em, async (tx) => {
    const { video, session } = await lockSession(tx, sessionId, context.actor);
    if (!session.isLive() || session.isCompleting(context.now())) return false;
    await endSession(context, tx, { video, session, to: 'FAILED', reason: 'UPLOAD_EXPIRED' });
    return true;
  });
  if (ended) context.metrics.uploadFailed('UPLOAD_EXPIRED');
  return new DomainError('upload_expired', 'Storage has dropped this upload; start a new one');
}
