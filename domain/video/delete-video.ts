import type { Needs } from '../context.ts';
import { closeDeadLetters } from '../operations/close-dead-letters.ts';
import { transaction } from '../transaction.ts';
import { cancelOpenJob } from '../transcode/cancel-open-job.ts';
import { dispatchWaiting } from '../transcode/start-attempt.ts';
import { UploadSession } from '../upload/upload-session.entity.ts';
import { LIVE_SESSION_STATES } from '../upload/upload-session-states.ts';
import { lockVideo } from './lock-video.ts';

/**
 * Leaves a tombstone: from the commit on every route answers 404, and a job empties storage and the CDN (R13). Safe
 * while an upload or a transcode runs: a completion that is under way cleans up after itself, an attempt is fenced off.
 * Throws DomainError `video_not_found`, the second time too.
 */
export async function deleteVideo(
  { em, actor, enqueue, settings, now }: Needs<'em' | 'actor' | 'enqueue' | 'settings' | 'now'>,
  { videoId }: { videoId: string },
): Promise<void> {
  await transaction(em, async (tx) => {
    const video = await lockVideo(tx, videoId, actor);
    video.deletedAt = now();
    const sessions = await tx.find(UploadSession, { videoId, status: { $in: [...LIVE_SESSION_STATES] } });
    for (const session of sessions) if (!session.isCompleting(now())) session.moveTo('CANCELED');
    await cancelOpenJob(tx, videoId, now());
    await tx.flush();
    await dispatchWaiting({ enqueue, settings, now }, tx);
    await closeDeadLetters(tx, videoId, now());
    await enqueue(
      tx,
      'purge-video',
      { videoId },
      {
        key: `purge:${videoId}`,
        runAt: new Date(now().getTime() + settings.deleteGraceSeconds * 1000),
      },
    );
  });
}
