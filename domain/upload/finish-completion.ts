import type { StoredObject } from '#providers/storage/object-store.ts';
import { isStorageError } from '#providers/storage/storage-errors.ts';
import type { Needs } from '../context.ts';
import { DomainError, isDomainError } from '../errors.ts';
import { announce } from '../notifications/announce.ts';
import { transaction } from '../transaction.ts';
import { enqueueProbe } from '../transcode/enqueue-probe.ts';
import { lockVideoRow } from '../video/lock-video.ts';
import { endSession } from './cancel-upload.ts';
import { type ClientPart, refuseUnlessWhole } from './compare-parts.ts';
import { type CompletionClaim, keepClaim } from './completion-claim.ts';
import { lockSessionRow, uploadNotFound } from './lock-session.ts';
import { UploadSession } from './upload-session.entity.ts';

type Context = Needs<'em' | 'storage' | 'settings' | 'enqueue' | 'metrics' | 'log' | 'now'>;

/**
 * Takes a claimed completion to its end: the parts are compared, joined, and the object accepted as the video's source.
 * Safe to run again after a crash at any point, by anybody who holds the claim.
 */
export async function finishCompletion(
  context: Context,
  claim: CompletionClaim,
  clientParts: readonly ClientPart[],
): Promise<UploadSession> {
  const stopKeeping = keepClaim(context, claim);
  try {
    const object = await joinParts(context, claim.session, clientParts);
    return await accept(context, claim, object);
  } catch (error) {
    if (isDomainError(error, 'upload_expired')) await endDropped(context, claim);
    else await release(context, claim);
    throw error;
  } finally {
    stopKeeping();
  }
}

async function joinParts(
  { storage }: Context,
  session: UploadSession,
  clientParts: readonly ClientPart[],
): Promise<StoredObject> {
  const { sources } = storage;
  try {
    const parts = await sources.listParts(session.fileKey, session.providerUploadId);
    refuseUnlessWhole(session, parts, clientParts);
    return await sources.completeMultipart(session.fileKey, session.providerUploadId, parts);
  } catch (error) {
    if (isStorageError(error, 'parts_rejected'))
      throw new DomainError('parts_mismatch', 'Storage has other parts than it listed; call again', {
        cause: error,
      });
    if (!isStorageError(error, 'multipart_not_found')) throw error;
    // Joined before, and the answer was lost: the object stands at the session's own key (R9).
    return await sources.head(session.fileKey).catch((missing: unknown) => {
      if (!isStorageError(missing, 'object_not_found')) throw missing;
      throw new DomainError('upload_expired', 'Storage has dropped this upload; start a new one', {
        cause: error,
      });
    });
  }
}

/** One transaction: the session is COMPLETED, the video has its source, the probe is queued. */
async function accept(
  context: Context,
  claim: CompletionClaim,
  object: StoredObject,
): Promise<UploadSession> {
  const { em, enqueue, metrics, now } = context;
  const { session: claimed, token } = claim;
  const whole = claimed.sizeBytes == null || object.sizeBytes === claimed.sizeBytes;
  const ended = await transaction(em, async (tx) => {
    const video = await lockVideoRow(tx, claimed.videoId);
    const session = await lockSessionRow(tx, claimed.id);
    if (!video || !session) throw uploadNotFound(claimed.id);
    if (session.status === 'COMPLETED') return session;
    if (session.completingToken !== token)
      throw new DomainError('completing', 'Somebody else completes this upload');
    if (video.deletedAt || !whole) {
      await endSession(context, tx, {
        video,
        session,
        to: video.deletedAt ? 'CANCELED' : 'FAILED',
        reason: 'UPLOAD_MISMATCH',
      });
      return session;
    }
    if (session.status !== 'IN_PROGRESS') {
      session.moveTo('IN_PROGRESS');
      await tx.flush();
    }
    session.moveTo('COMPLETED');
    session.bytesUploaded = object.sizeBytes;
    session.completingUntil = null;
    session.completingToken = null;
    video.sourceFileKey = session.fileKey;
    video.sourceEtag = object.etag;
    video.sourceSizeBytes = object.sizeBytes;
    video.sourceMime = session.mime;
    if (video.status === 'UPLOADING') video.moveTo('UPLOADED');
    await tx.flush();
    await enqueueProbe(tx, enqueue, { videoId: video.id, sourceKey: session.fileKey });
    await announce(context, tx, { video, type: 'video.upload.completed', occurrence: session.id });
    return session;
  });
  if (ended.status === 'CANCELED') throw uploadNotFound(claimed.id);
  if (ended.status === 'FAILED') {
    metrics.uploadFailed('UPLOAD_MISMATCH');
    throw new DomainError(
      'parts_mismatch',
      `Storage has ${object.sizeBytes} bytes, not ${claimed.sizeBytes}`,
    );
  }
  metrics.uploadCompleted();
  metrics.stageSeconds('upload', (now().getTime() - claimed.createdAt.getTime()) / 1000);
  return ended;
}

/** Storage has forgotten the upload: a session that stayed live would be answered to every new start, and never end. */
async function endDropped(context: Context, { session: claimed, token }: CompletionClaim): Promise<void> {
  await transaction(context.em, async (tx) => {
    const video = await lockVideoRow(tx, claimed.videoId);
    const session = await lockSessionRow(tx, claimed.id);
    if (!video || !session?.isLive() || session.completingToken !== token) return;
    const to = video.deletedAt ? 'CANCELED' : 'FAILED';
    await endSession(context, tx, { video, session, to, reason: 'UPLOAD_EXPIRED' });
  });
  context.metrics.uploadFailed('UPLOAD_EXPIRED');
}

/** Gives the claim back after a refusal, so that the client can mend and call again at once. */
async function release({ em, log }: Context, { session, token }: CompletionClaim): Promise<void> {
  await em
    .fork()
    .nativeUpdate(
      UploadSession,
      { id: session.id, completingToken: token },
      { completingToken: null, completingUntil: null, storedPartsAt: null },
    )
    .catch((error: unknown) => log.warn({ err: error, sessionId: session.id }, 'claim not given back'));
}
