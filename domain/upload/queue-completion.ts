import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { transaction } from '../transaction.ts';
import { lockVideo } from '../video/lock-video.ts';
import { enqueueCompletion } from './enqueue-completion.ts';
import { refuseWhenClosed } from './session-refusals.ts';
import { UploadSession } from './upload-session.entity.ts';

/**
 * Queues the verification of a video's newest upload and answers at once: two tries, then the video is FAILED and its
 * owner told. Repeatable; an upload that is complete, or being completed, needs nothing more.
 *
 * Throws DomainError `video_not_found`, `upload_not_found`, `upload_closed` (canceled), `upload_expired`, `upload_paused`.
 */
export async function queueCompletion(
  context: Needs<'em' | 'actor' | 'enqueue' | 'settings' | 'now'>,
  { videoId }: { videoId: string },
): Promise<void> {
  const { em, actor, now } = context;
  await transaction(em, async (tx) => {
    await lockVideo(tx, videoId, actor);
    const session = await tx.findOne(
      UploadSession,
      { videoId },
      { orderBy: { createdAt: 'desc', id: 'desc' } },
    );
    if (!session) throw new DomainError('upload_not_found', `There is no upload of video ${videoId}`);
    if (session.status === 'COMPLETED' || (session.isLive() && session.isCompleting(now()))) return;
    refuseWhenClosed(session, now());
    if (session.status === 'PAUSED')
      throw new DomainError('upload_paused', 'This upload is paused; resume it first');
    await enqueueCompletion(context, tx, session);
  });
}
