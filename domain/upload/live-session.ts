import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { countUpload } from '../access/limit-uploads.ts';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { Video } from '../video/video.entity.ts';
import { videoStates } from '../video/video-states.ts';
import { policyNamed } from './accept-source.ts';
import { replaceSession } from './replace-session.ts';
import { storedPartsNow } from './stored-parts.ts';
import { UploadSession } from './upload-session.entity.ts';
import { LIVE_SESSION_STATES } from './upload-session-states.ts';

/** The one session of a video that can still receive something. */
export function liveSession(em: EntityManager, videoId: string, lock = false): Promise<UploadSession | null> {
  return em.findOne(
    UploadSession,
    { videoId, status: { $in: [...LIVE_SESSION_STATES] } },
    lock ? { lockMode: LockMode.PESSIMISTIC_WRITE } : {},
  );
}

/** Throws DomainError `illegal_transition` where the video takes no other source now. */
export function refuseUnlessUploadable(video: Video): void {
  if (video.status === 'READY') return;
  videoStates.next(video.status, 'UPLOADING');
}

/** Throws DomainError `completing`, `upload_conflict` where a live session may not be dropped for another file. */
export async function refuseUnlessReplaceable(
  context: Needs<'storage' | 'now'>,
  live: UploadSession,
): Promise<void> {
  if (live.isCompleting(context.now())) throw new DomainError('completing', 'This upload is being completed');
  const parts = await storedPartsNow(context, live);
  if (parts.length > 0 && live.expiresAt > context.now())
    throw new DomainError(
      'upload_conflict',
      'Another file is being uploaded to this video; cancel it first',
      { members: { uploadSessionId: live.id } },
    );
}

/**
 * Makes the video ready for a new session: what stands of another file is replaced, the upload counts against its
 * policy's limit, and the video is UPLOADING unless it plays. Both rows are locked.
 *
 * Throws DomainError `completing`, `illegal_transition`, `rate_limited`.
 */
export async function admitUpload(
  context: Needs<'settings' | 'enqueue' | 'now'>,
  tx: EntityManager,
  video: Video,
  standing: UploadSession | null,
): Promise<void> {
  const { settings, now } = context;
  if (standing) await replaceSession(context, tx, standing);
  else refuseUnlessUploadable(video);
  const policy = policyNamed(settings.policies, video.policy);
  await countUpload(tx, { ownerId: video.ownerId, policyName: video.policy, policy, now: now() });
  if (videoStates.can(video.status, 'UPLOADING')) video.moveTo('UPLOADING');
}
