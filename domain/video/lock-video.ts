import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { mayAct } from '../access/ownership.ts';
import type { Actor } from '../context.ts';
import { DomainError } from '../errors.ts';
import { Video } from './video.entity.ts';

/** A foreign video and one that is not there look the same: their existence is nobody else's business. */
export function videoNotFound(videoId: string): DomainError {
  return new DomainError('video_not_found', `There is no video ${videoId}`);
}

/**
 * Locks the video's row until the transaction ends. Every verb that changes a video, its session or its attempt comes
 * through here first, so all of them wait in the same order (R10). Throws DomainError `video_not_found`.
 */
export async function lockVideo(tx: EntityManager, videoId: string, actor: Actor): Promise<Video> {
  const video = await tx.findOne(
    Video,
    { id: videoId, deletedAt: null },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  if (!video || !mayAct(actor, video.ownerId)) throw videoNotFound(videoId);
  return video;
}

/** As `lockVideo`, for jobs: a deleted video is answered too, a missing one is null. */
export function lockVideoRow(tx: EntityManager, videoId: string): Promise<Video | null> {
  return tx.findOne(Video, { id: videoId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
}
