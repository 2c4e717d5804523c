import type { EntityManager } from '@mikro-orm/postgresql';
import { mayAct } from '../access/ownership.ts';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { announce } from '../notifications/announce.ts';
import { transaction } from '../transaction.ts';
import { enqueueProbe } from '../transcode/enqueue-probe.ts';
import { enqueueCleaning } from '../upload/enqueue-cleaning.ts';
import { UploadSession } from '../upload/upload-session.entity.ts';
import { graceEndsAt } from './begin-purge.ts';
import { lockVideoRow, videoNotFound } from './lock-video.ts';
import { presentVideo } from './present-video.ts';
import type { Video } from './video.entity.ts';
import type { VideoView } from './video-view.ts';

type Context = Needs<'em' | 'actor' | 'delivery' | 'enqueue' | 'settings' | 'now'>;

/**
 * Brings a deleted video back while its grace lasts (R13): what played plays again, at the same addresses. An upload that
 * the deletion canceled stays canceled; a transcode that it stopped begins anew.
 *
 * Throws DomainError `video_not_found` when it never was, is somebody else's, or is past its grace; `illegal_transition`
 * when it is not deleted.
 */
export function restoreVideo(context: Context, { videoId }: { videoId: string }): Promise<VideoView> {
  const { em, actor, delivery, now } = context;
  return transaction(em, async (tx) => {
    const video = await lockVideoRow(tx, videoId);
    if (!video || !mayAct(actor, video.ownerId)) throw videoNotFound(videoId);
    const { deletedAt, status } = video;
    if (!deletedAt)
      throw new DomainError('illegal_transition', 'This video is not deleted', {
        members: { machine: 'video', from: status, to: status },
      });
    if (video.purgeBegunAt != null || now() >= graceEndsAt(context, deletedAt)) throw videoNotFound(videoId);
    video.deletedAt = null;
    await tx.flush();
    await takeUp(context, tx, video);
    return presentVideo(delivery, video);
  });
}

/** What the deletion stopped: nobody else would see to it (R8). */
async function takeUp(context: Context, tx: EntityManager, video: Video): Promise<void> {
  const sessions = await tx.find(UploadSession, { videoId: video.id });
  for (const session of sessions)
    if (session.status === 'CANCELED') await enqueueCleaning(context, tx, session);
  // One that was being completed when the video went has its completer, and goes on.
  const isUploaded = sessions.some((session) => session.isLive());
  if (video.status === 'UPLOADING' && !isUploaded) {
    video.moveTo('FAILED', 'UPLOAD_CANCELED');
    await tx.flush();
    await announce(context, tx, { video, type: 'video.asset.errored', occurrence: `restored:${video.id}` });
  }
  const { sourceFileKey: sourceKey } = video;
  // Of a READY one too: its next version may have been in work. A probe of what was transcoded does nothing.
  if (sourceKey && ['UPLOADED', 'TRANSCODING', 'READY'].includes(video.status))
    await enqueueProbe(tx, context.enqueue, { videoId: video.id, sourceKey });
}
