import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { mayUpload } from '../access/ownership.ts';
import type { Actor } from '../context.ts';
import { DomainError } from '../errors.ts';
import { lockVideoRow } from '../video/lock-video.ts';
import type { Video } from '../video/video.entity.ts';
import { UploadSession } from './upload-session.entity.ts';

export function uploadNotFound(sessionId: string): DomainError {
  return new DomainError('upload_not_found', `There is no upload ${sessionId}`);
}

/**
 * Locks the video, then the session: the order of every verb (R10).
 * Throws DomainError `upload_not_found`, also when the video is deleted or somebody else's.
 */
export async function lockSession(
  tx: EntityManager,
  sessionId: string,
  actor: Actor,
): Promise<{ video: Video; session: UploadSession }> {
  // By SQL, so that no unlocked row stays in the unit of work; a fork would take a second connection and could starve.
  const [known] = await tx.execute<{ video_id: string }[]>(
    'select video_id from upload_sessions where id = ?',
    [sessionId],
  );
  const video = known ? await lockVideoRow(tx, known.video_id) : null;
  if (!video || video.deletedAt || !mayUpload(actor, video.ownerId, sessionId))
    throw uploadNotFound(sessionId);
  const session = await lockSessionRow(tx, sessionId);
  if (!session) throw uploadNotFound(sessionId);
  return { video, session };
}

/** The session's row alone; its video is locked already. */
export function lockSessionRow(tx: EntityManager, sessionId: string): Promise<UploadSession | null> {
  return tx.findOne(UploadSession, { id: sessionId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
}
