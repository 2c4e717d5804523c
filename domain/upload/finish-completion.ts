import type { StoredObject } from '#providers/storage/object-store.ts';
import type { Needs } from '../context.ts';
import { isDomainError } from '../errors.ts';
import { announce } from '../notifications/announce.ts';
import { transaction } from '../transaction.ts';
import { enqueueProbe } from '../transcode/enqueue-probe.ts';
import { lockVideoRow } from '../video/lock-video.ts';
import { assembleSource } from './assemble-source.ts';
import { endSession } from './cancel-upload.ts';
import type { ClientPart } from './compare-parts.ts';
import {
  assertClaimed,
  type CompletionClaim,
  claimLost,
  endClaimed,
  keepClaim,
  releaseClaim,
} from './completion-claim.ts';
import { enqueueCleaning } from './enqueue-cleaning.ts';
import { lockSessionRow, uploadNotFound } from './lock-session.ts';
import { RefusedSource } from './refused-source.ts';
import { refuseWhenClosed } from './session-refusals.ts';
import type { UploadSession } from './upload-session.entity.ts';

type Context = Needs<'em' | 'storage' | 'settings' | 'enqueue' | 'metrics' | 'log' | 'now'>;

/**
 * Takes a claimed completion to its end: what storage has is compared, made one object, and accepted as the video's
 * source. What can never be a source ends the session, and the video with it. Safe to run again after a crash at any
 * point, by anybody who holds the claim.
 */
export async function finishCompletion(
  context: Context,
  claim: CompletionClaim,
  clientParts: readonly ClientPart[],
): Promise<UploadSession> {
  const stopKeeping = keepClaim(context, claim);
  const { session } = claim;
  try {
    const stillClaimed = () => assertClaimed(context.em, claim);
    const object = await assembleSource(context, { session, clientParts, assertClaimed: stillClaimed });
    return await accept(context, claim, object);
  } catch (error) {
    if (error instanceof RefusedSource) {
      await endClaimed(context, claim, error.reason);
      throw error.refusal;
    }
    // Storage has forgotten the upload: a session that stayed live would be answered to every new start, and never end.
    if (isDomainError(error, 'upload_expired')) await endClaimed(context, claim, 'UPLOAD_EXPIRED');
    else await releaseClaim(context, claim);
    throw error;
  } finally {
    stopKeeping();
  }
}

/** One transaction: the session is COMPLETED, the video has its source, the probe is queued. */
async function accept(
  context: Context,
  { session: claimed, token }: CompletionClaim,
  object: StoredObject,
): Promise<UploadSession> {
  const { em, enqueue, metrics, now } = context;
  const ended = await transaction(em, async (tx) => {
    const video = await lockVideoRow(tx, claimed.videoId);
    const session = await lockSessionRow(tx, claimed.id);
    if (!video || !session) throw uploadNotFound(claimed.id);
    const isDeleted = video.deletedAt != null;
    if (session.status === 'COMPLETED') return { session, isDeleted };
    if (!session.isLive()) {
      // It was ended after the claim had run out; what was made since must not stay behind.
      await enqueue(tx, 'clean-session', { sessionId: session.id });
      return { session, isDeleted };
    }
    if (session.completingToken !== token) throw claimLost();
    if (isDeleted) {
      await endSession(context, tx, { video, session, to: 'CANCELED', reason: 'UPLOAD_CANCELED' });
      return { session, isDeleted };
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
    // What was copied goes, and what a URL that is still alive writes there afterwards.
    if (session.stagingKey != null) await enqueueCleaning(context, tx, session, { stagedOnly: true });
    return { session, isDeleted };
  });
  if (ended.session.status !== 'COMPLETED') {
    if (!ended.isDeleted) refuseWhenClosed(ended.session, now());
    throw uploadNotFound(claimed.id);
  }
  metrics.uploadCompleted();
  metrics.stageSeconds('upload', (now().getTime() - claimed.createdAt.getTime()) / 1000);
  return ended.session;
}
