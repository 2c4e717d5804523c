import type { EntityManager } from '@mikro-orm/postgresql';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { FailReason } from '../fail-reasons.ts';
import { announce } from '../notifications/announce.ts';
import { transaction } from '../transaction.ts';
import type { Video } from '../video/video.entity.ts';
import { enqueueCleaning } from './enqueue-cleaning.ts';
import { lockSession } from './lock-session.ts';
import { presentUpload } from './present-upload.ts';
import { refuseUnlessOpen } from './session-refusals.ts';
import type { UploadSession } from './upload-session.entity.ts';
import type { UploadView } from './upload-view.ts';

/**
 * Ends an upload for good; its parts are dropped from storage by a job. The video becomes FAILED with UPLOAD_CANCELED,
 * unless an earlier version of it is READY. An upload that has run out may be canceled too, and one that is CANCELED
 * answers the same again. Throws DomainError `upload_not_found`, `upload_closed`, `upload_expired`, `completing`.
 */
export async function cancelUpload(
  context: Needs<'em' | 'actor' | 'enqueue' | 'settings' | 'metrics' | 'now'>,
  { sessionId }: { sessionId: string },
): Promise<UploadView> {
  const { em, actor, metrics, now } = context;
  const { session, isNews } = await transaction(em, async (tx) => {
    const { video, session } = await lockSession(tx, sessionId, actor);
    if (session.status === 'CANCELED') return { session, isNews: false };
    if (session.isLive() && session.isCompleting(now()))
      throw new DomainError('completing', 'This upload is being completed and can no longer be canceled');
    // That its time is over keeps nobody from giving up.
    if (!session.isLive()) refuseUnlessOpen(session, now());
    await endSession(context, tx, { video, session, to: 'CANCELED', reason: 'UPLOAD_CANCELED' });
    return { session, isNews: true };
  });
  if (isNews) metrics.uploadFailed('UPLOAD_CANCELED');
  return presentUpload(session);
}

/** Ends a live session without a source, its video with it, and has storage cleaned. Both rows are locked. */
export async function endSession(
  context: Needs<'enqueue' | 'settings' | 'now'>,
  tx: EntityManager,
  end: { video: Video; session: UploadSession; to: 'CANCELED' | 'FAILED'; reason: FailReason },
): Promise<void> {
  const { video, session } = end;
  session.moveTo(end.to);
  session.completingUntil = null;
  session.completingToken = null;
  const failsVideo = video.status === 'UPLOADING';
  if (failsVideo) video.moveTo('FAILED', end.reason);
  await tx.flush();
  if (failsVideo) await announce(context, tx, { video, type: 'video.asset.errored', occurrence: session.id });
  await enqueueCleaning(context, tx, session);
}
